"""A reader sees one slate or another, whole, at any instant; whatever the names in it."""

import threading
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from propcast.backends.state.ledger import Ledger
from propcast.backends.state.sqlite import SqliteState
from propcast.backends.warehouse.port import Stamp
from propcast.core.sport import Sport
from propcast.pipeline.batch import inputs
from propcast.pipeline.batch.asking import Ask, Prepared, prepare
from propcast.pipeline.batch.filing import save
from propcast.pipeline.batch.forecasting import said_of
from propcast.pipeline.batch.planning import commit, plan_step
from propcast.pipeline.batch.records import Batch, Pin
from propcast.pipeline.batch.states import ShardState
from propcast.pipeline.frames import parquet
from propcast.pipeline.messages import Trigger
from propcast.pipeline.outcomes import Outcome
from propcast.pipeline.sports import plan_of
from propcast.pipeline.steps import StepStore
from propcast.tables.forecasts import PREDICTIONS
from tests.pipeline.batch.conftest import Tables
from tests.pipeline.batch.slates import Pair, slate_of
from tests.pipeline.conftest import MLB_DAY, NOW

PUBLICATIONS = 100
HOSTILE = "/é-ñ.%2F’ \\ ..\x7f"


class Reader(threading.Thread):
    """Polls every millisecond, over a connection of its own, and remembers whatever was not a whole slate."""

    def __init__(self, pair: Pair, folder: Path, people: int, rows: int) -> None:
        super().__init__(daemon=True)
        state = SqliteState(folder / "state.sqlite", pair.clock)
        self.backends = replace(pair.backends, state=state, ledger=Ledger(state))
        self.people, self.rows = people, rows
        self.stopped = threading.Event()
        self.tags: list[str] = []
        self.faults: list[str] = []
        self.polls = 0

    def run(self) -> None:
        while not self.stopped.wait(0.001):
            slate = slate_of(self.backends, Sport.MLB, MLB_DAY)
            self.polls += 1
            if slate.tag not in self.tags[-1:]:
                self.tags.append(slate.tag)
            if len(slate.people()) != self.people or slate.predictions.height != self.rows:
                self.faults.append(f"{slate.tag}: {slate.predictions.height} rows")
            if not slate.predictions["prediction_id"].equals(slate.decisions["prediction_id"]):
                self.faults.append(f"{slate.tag}: predictions and decisions differ")


def prepared(pair: Pair) -> Prepared:
    store = StepStore(pair.backends.warehouse, plan_step(plan_of(Sport.MLB)), Stamp("test", NOW))
    found = prepare(pair.backends, store, Ask(Sport.MLB, MLB_DAY))
    assert isinstance(found, Prepared)
    return found


def another(pair: Pair, found: Prepared, pinned: inputs.Pinned, i: int) -> Batch:
    """The same slate as a batch of another identity."""
    batch, created = commit(pair.backends.state, replace(found, batch_id=f"{i:024x}"), pinned, pair.rules)
    assert created
    pair.dispatcher.dispatch()
    return batch


def worked_before(pair: Pair, batch: Batch, rows: pl.DataFrame) -> None:
    """End the batch's one shard with rows that were forecast before: only their publication matters here."""
    shard = pair.shards(batch)[0]
    key = f"batches/{batch.batch_id}/{shard.shard_id}/1.parquet"
    body = parquet(rows.with_columns(pl.lit(batch.batch_id).alias("batch_id")))
    said = said_of(rows, shard.participants)
    file = Pin(key, pair.backends.objects.put(key, body))
    done = replace(shard, state=ShardState.DONE, token=1, rows=rows.height, said=said, file=file)
    pair.backends.state.transact(lambda tx: save(tx, done))


@pytest.mark.proves("B10", "L27")
def test_a_reader_never_sees_a_mixed_or_empty_slate(tables: Tables, undisturbed: Pair, tmp_path: Path) -> None:
    pair = Pair(tmp_path, tables.before, shard_size=5)
    found = prepared(pair)
    pinned = inputs.store(pair.backends.objects, found.batch_id, found.slate)
    pair.finish(another(pair, found, pinned, 0))
    whole = undisturbed.slate()
    rows = pair.warehouse.read(PREDICTIONS)
    reader = Reader(pair, tmp_path, len(whole.people()), whole.predictions.height)
    reader.start()
    try:
        for i in range(1, PUBLICATIONS):
            batch = another(pair, found, pinned, i)
            worked_before(pair, batch, rows)
            assert pair.consolidate(batch.batch_id).outcome is Outcome.DONE
    finally:
        reader.stopped.set()
        reader.join()
    assert reader.faults == []
    assert reader.polls > PUBLICATIONS
    assert len(reader.tags) > PUBLICATIONS / 4
    assert reader.tags == sorted(reader.tags)


def renamed(frames: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The same day with names that would break paths, keys and queries."""
    return {
        name: frame.with_columns(
            pl.col(column) + HOSTILE for column in ("event_id", "participant_id", "subject") if column in frame.columns
        )
        for name, frame in frames.items()
    }


@pytest.mark.proves("B11", "L24")
def test_names_are_never_keys_or_paths(tables: Tables, undisturbed: Pair, tmp_path: Path) -> None:
    pair = Pair(tmp_path, renamed(tables.after))
    batch = pair.begun()
    for request in pair.requests(batch)[1:]:
        assert pair.work(request).outcome is Outcome.DONE
    pair.pass_time(minutes=16)
    pair.sweep()
    assert all(lack.participant_id.endswith(HOSTILE) for lack in pair.batch(batch).missing)
    pair.work(pair.requests(batch)[0])
    pair.sweep()
    people = sorted((event + HOSTILE, person + HOSTILE) for event, person in undisturbed.slate().people())
    assert sorted(pair.slate().people()) == people
    moved = tuple(name + HOSTILE for name in tables.moved)
    news = pair.supersede((moved[0], moved[1]), as_of=tables.moved_at).batch
    assert news is not None
    pair.finish(news)
    assert sorted(pair.slate().people()) == people
    assert all(HOSTILE not in key for key in pair.backends.objects.blobs)  # type: ignore[attr-defined]


def test_reasons_are_no_obstacle(pair: Pair) -> None:
    """Every reason to forecast is a batch of its own."""
    assert len({pair.begun(reason=reason).batch_id for reason in Trigger}) == len(Trigger)
