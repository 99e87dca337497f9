"""The one transaction that makes a written slate current: pointer, batch, publication, grid and event, or nothing."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from propcast.backends.state.ledger import flip
from propcast.backends.state.port import Body, Transaction
from propcast.backends.state.records import EXPECTED_OUTPUTS, CurrentSlate, ExpectedOutput, output_body
from propcast.pipeline.batch.editions import Edition
from propcast.pipeline.batch.filing import find_current, find_publication, save
from propcast.pipeline.batch.records import Batch, Current, Lack, Publication
from propcast.pipeline.batch.states import BatchState
from propcast.pipeline.grid import settle_cells
from propcast.pipeline.messages import NAMED_AT_MOST

NO_ROWS = "0 predictions though games are scheduled"


def published(batch: Batch, edition: Edition, now: datetime) -> Batch:
    """Return the batch as it is once that edition is current."""
    state = BatchState.PUBLISHED_PARTIAL if edition.lacks else BatchState.PUBLISHED
    return replace(
        batch,
        state=state,
        publications=batch.publications + 1,
        publication=edition.tag,
        published_at=now,
        counts=edition.counts(),
        note="",
        **named(edition.lacks),
    )


def named(lacks: tuple[Lack, ...]) -> dict[str, Any]:
    """Return the fields of a batch that say who is missing; of very many only the first are named there."""
    return {"missing": lacks[:NAMED_AT_MOST], "n_missing": len(lacks)}


def publication_of(batch: Batch, edition: Edition, current: Current, tx: Transaction) -> Publication:
    """Return the record of an edition of a `published` batch; rows that it carries keep their place in time."""
    carried = {} if current.publication is None else current.publication.planned
    planned = {**carried, batch.data_version: batch.order}
    return Publication(
        tag=edition.tag,
        sport=batch.sport,
        game_day=batch.game_day,
        batch_id=batch.batch_id,
        amendment=batch.publications - 1,
        base=edition.base,
        moments=edition.moments(),
        planned={version: planned[version] for version in edition.versions() if version in planned},
        order=tx.order(),
        published_at=tx.now,
        counts=edition.counts(),
        answered=edition.answered(),
        n_missing=batch.n_missing,
    )


def point(tx: Transaction, batch: Batch, publication: Publication) -> None:
    """Point readers at a publication: pointer, event and grid; reads first, so that other writes come after it."""
    slate = CurrentSlate(
        sport=batch.sport,
        game_day=batch.game_day,
        batch_id=batch.batch_id,
        published_at=tx.now,
        counts=publication.counts,
        amendment=publication.amendment,
        publication="" if publication.tag == batch.batch_id else publication.tag,
    )
    flip(tx, slate, _said(batch))
    save(tx, publication)
    for cell in settled(batch, publication.answered):
        tx.put(EXPECTED_OUTPUTS, cell.key, output_body(cell))


def repoint(tx: Transaction, batch: Batch, *, insists: bool) -> bool:
    """Make a published batch current again, since it is what the present inputs give; not over a later moment.

    With `insists` over any. Returns False, and changes nothing, when it is current or outdated.
    """
    publication = find_publication(tx, batch.publication)
    current = find_current(tx, batch.sport, batch.game_day)
    if publication is None or (current.pointer is not None and current.pointer.tag == publication.tag):
        return False
    if not insists and current.publication is not None and _is_outdated(publication, current.publication):
        return False
    now = tx.order()
    point(tx, batch, replace(publication, planned=dict.fromkeys(publication.planned, now)))
    return True


def _is_outdated(old: Publication, now: Publication) -> bool:
    return any(at > old.moments.get(event, at) for event, at in now.moments.items())


def settled(batch: Batch, answered: Mapping[str, int]) -> tuple[ExpectedOutput, ...]:
    """Return the grid cells of the day: what every event owed, and what it got."""
    return settle_cells(batch.sport, batch.game_day, "predictions", batch.owed, answered, "no quotes")


def _said(batch: Batch) -> Body:
    missing: list[Body] = [
        {"event_id": lack.event_id, "participant_id": lack.participant_id, "reason": lack.reason[:300]}
        for lack in batch.missing
    ]
    return {"state": batch.state.value, "missing": [*missing], "n_missing": batch.n_missing}
