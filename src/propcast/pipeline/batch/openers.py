"""Who finishes a batch: the revision that opened it as long as it is there, and whoever is quicker after that.

While one revision of the coordinator takes the place of another, both run. What was planned by one version is decided
and published by the same; what it leaves, because it is gone or too slow, is taken over by lease like anything else.
"""

from datetime import timedelta

from propcast.backends.state.port import Collection, Reader, State, Transaction, Where
from propcast.core.instants import instant_of, text_of
from propcast.pipeline.batch.filing import batches_where
from propcast.pipeline.batch.records import Batch
from propcast.pipeline.batch.rules import BatchTimes, Rules

OPENERS = Collection("openers", ("seen_at",))
MISSED = 3
"""A revision that has not been seen for so many sweeps is gone; at a deadline it has as much time to be the first."""


def be_seen(state: State, rules: Rules) -> None:
    """Note that this revision is there."""
    if rules.revision:
        state.transact(lambda tx: tx.put(OPENERS, rules.revision, {"seen_at": text_of(tx.now)}))


def finisher(tx: Transaction, batch: Batch, rules: Rules) -> str:
    """Return the other revision that this batch is left to; empty where it may be finished here."""
    grace = _grace(rules.times)
    is_ours = batch.revision in ("", rules.revision) or tx.now >= batch.deadline_at + grace
    return "" if is_ours or not _is_there(tx, batch, grace) else batch.revision


def is_drained(reader: Reader, revision: str) -> bool:
    """Tell whether nothing is left to do of what a revision has opened."""
    return all(batch.revision != revision for batch in batches_where(reader, [Where("is_open", "==", True)]))


def _is_there(tx: Transaction, batch: Batch, grace: timedelta) -> bool:
    body = tx.get(OPENERS, batch.revision)
    seen_at = batch.created_at if body is None else max(batch.created_at, instant_of(str(body["seen_at"])))
    return seen_at + grace > tx.now


def _grace(times: BatchTimes) -> timedelta:
    return MISSED * times.sweep
