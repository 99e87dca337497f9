"""What a publication consists of: the new rows, and those of the current slate that are newer or have no successor.

Every publication is a whole slate under a tag of its own, in both tables, before the pointer moves: a reader sees one
of them or another, never parts of two. Rows that are carried keep their prediction ids and are decided on again with
the new ones, because the caps on exposure are caps on the slate.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import polars as pl

from propcast.backends.warehouse.port import In
from propcast.core.decisions import DEFAULT_POLICY, decide
from propcast.core.identity import short_hash
from propcast.core.reasons import Status
from propcast.core.together import together
from propcast.pipeline.batch.failpoints import Failpoint, Failpoints
from propcast.pipeline.batch.inputs import PERSON
from propcast.pipeline.batch.records import Batch, Current, Lack, Publication
from propcast.pipeline.batch.states import Scope
from propcast.pipeline.champion import CHAMPION
from propcast.pipeline.steps import StepStore
from propcast.tables.forecasts import DECISIONS, PREDICTIONS
from propcast.tables.schema import INSTANT, Table


@dataclass(frozen=True)
class Edition:
    """A slate that is ready to be published.

    Attributes:
        tag: `batch_id` of its rows; the same content always has the same tag, other content another.
        base: tag of the slate that rows are carried on from; empty without any.
        n_new: rows that are the batch's own.
        lacks: who has no new rows, and why.
    """

    tag: str
    base: str
    rows: pl.DataFrame
    decisions: pl.DataFrame
    n_new: int
    lacks: tuple[Lack, ...]

    def counts(self) -> dict[str, int]:
        """Return how many rows it has in all and in each status."""
        by_status = dict(self.rows.group_by("status").len().iter_rows())
        return {"predictions": self.rows.height, **{status.value: by_status.get(status, 0) for status in Status}}

    def moments(self) -> dict[str, datetime]:
        """Return the newest moment of each event."""
        return dict(self.rows.group_by("event_id").agg(pl.col("as_of").max()).sort("event_id").iter_rows())

    def versions(self) -> list[str]:
        """Return the data versions of its rows."""
        return self.rows["data_version"].unique().sort().to_list()

    def answered(self) -> dict[str, int]:
        """Return how many quoted participants and markets the champion answers for, by event."""
        asked = self.rows.filter((pl.col("system") == CHAMPION) & pl.col("is_quoted"))
        distinct = asked.select(*PERSON, "market").unique()
        return dict(distinct.group_by("event_id").len().sort("event_id").iter_rows())


def compose(store: StepStore, batch: Batch, mine: pl.DataFrame, lacks: Sequence[Lack], current: Current) -> Edition:
    """Return the slate that the batch's rows make together with the current one; nothing is written."""
    base, carried = "", mine.clear()
    if current.pointer is not None and _looks_back(batch, current.publication, lacks):
        theirs = store.read(
            PREDICTIONS, [In("game_day", (batch.game_day.date,)), In("batch_id", (current.pointer.tag,))]
        )
        mine, carried = merged(batch, mine, theirs, current.publication, lacks)
        base = current.pointer.tag if carried.height else ""
    tag = tag_of(batch, base, lacks)
    rows = pl.concat([mine, carried]).with_columns(pl.lit(tag).alias("batch_id"))
    return Edition(tag, base, rows, decide(rows, DEFAULT_POLICY), mine.height, tuple(lacks))


def write(store: StepStore, edition: Edition, failpoints: Failpoints) -> None:
    """Write the rows of both tables side by side; those that are there already stay as they are."""

    def put(table: Table, rows: pl.DataFrame, point: Failpoint) -> None:
        store.write(table, rows)
        failpoints.reach(point)

    together(
        [
            partial(put, PREDICTIONS, edition.rows, Failpoint.PREDICTIONS_WRITTEN),
            partial(put, DECISIONS, edition.decisions, Failpoint.DECISIONS_WRITTEN),
        ]
    )


def tag_of(batch: Batch, base: str, lacks: Sequence[Lack]) -> str:
    """Return the batch's own id for all of its people and nobody else, else a hash of what differs from that."""
    if not base and not lacks:
        return batch.batch_id
    return short_hash(batch.batch_id, base, sorted((lack.event_id, lack.participant_id) for lack in lacks))


def merged(
    batch: Batch, mine: pl.DataFrame, theirs: pl.DataFrame, publication: Publication | None, lacks: Sequence[Lack]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the new rows that stand and the current ones that stay: for each person those of the later moment.

    Of one moment, those planned later. Of the others, the current rows of who is missing stay; if the batch is about
    some people only, so do everybody else's.
    """
    newer = _newer(batch, theirs, publication)
    new = mine.join(newer, on=PERSON, how="anti", maintain_order="left")
    if batch.scope is Scope.PEOPLE:
        return new, theirs.join(new.select(PERSON).unique(), on=PERSON, how="anti", maintain_order="left")
    stay = pl.concat([newer, _frame(lacks)]).unique()
    return new, theirs.join(stay, on=PERSON, how="semi", maintain_order="left")


def _newer(batch: Batch, theirs: pl.DataFrame, publication: Publication | None) -> pl.DataFrame:
    """Return whose current rows are of a later moment than the batch's, or of the same and planned later."""
    moments = pl.DataFrame(list(batch.moments.items()), {"event_id": pl.String, "moment": INSTANT}, orient="row")
    planned = {} if publication is None else publication.planned
    orders = pl.DataFrame(list(planned.items()), {"data_version": pl.String, "order": pl.String}, orient="row")
    known = theirs.select(*PERSON, "as_of", "data_version").unique().join(orders, on="data_version", how="left")
    behind = (pl.col("as_of") == pl.col("moment")) & (pl.col("order") > batch.order).fill_null(value=False)
    later = (pl.col("as_of") > pl.col("moment")) | behind
    return known.join(moments, on="event_id").filter(later).select(PERSON).unique()


def _frame(lacks: Sequence[Lack]) -> pl.DataFrame:
    rows = [(lack.event_id, lack.participant_id) for lack in lacks]
    return pl.DataFrame(rows, dict.fromkeys(PERSON, pl.String), orient="row")


def _looks_back(batch: Batch, publication: Publication | None, lacks: Sequence[Lack]) -> bool:
    """Tell whether something of the current slate may stay: without need it is not read."""
    if batch.scope is Scope.PEOPLE:
        return True
    if batch.insists or publication is None:
        return False
    behind = any(order > batch.order for order in publication.planned.values())
    return bool(lacks) or any(
        event in batch.moments and (at > batch.moments[event] or (behind and at == batch.moments[event]))
        for event, at in publication.moments.items()
    )
