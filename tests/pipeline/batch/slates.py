"""Two small services in one process: a coordinator and a worker over stores in memory and a clock that obeys."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import polars as pl

from propcast.backends.compose import Backends
from propcast.backends.state.dispatcher import Dispatcher
from propcast.backends.state.ledger import Ledger
from propcast.backends.state.sqlite import SqliteState
from propcast.backends.warehouse.port import In
from propcast.core.clock import FixedClock
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.batch import consolidating, planning, superseding, sweeping, working
from propcast.pipeline.batch.asking import Ask
from propcast.pipeline.batch.failpoints import Failpoint, Failpoints
from propcast.pipeline.batch.filing import get_batch, shards_of
from propcast.pipeline.batch.planning import Started
from propcast.pipeline.batch.records import Batch, Shard
from propcast.pipeline.batch.rules import Rules
from propcast.pipeline.batch.warmth import Warm
from propcast.pipeline.messages import LinesChanged, PredictionReady, PredictionRequest, Topic
from propcast.pipeline.outcomes import Handled
from propcast.tables.forecasts import DECISIONS, PREDICTIONS
from tests.pipeline.batch.memory import MemoryObjects, MemoryWarehouse, Posted
from tests.pipeline.conftest import MLB_DAY, NOW

BATCH_COLUMN = "batch_id"


class Killed(BaseException):
    """The process died here."""


@dataclass
class Killer:
    """Failpoints that kill the process the next time that one of them is reached, and remember all they saw."""

    at: Failpoint | None = None
    seen: list[Failpoint] = field(default_factory=list)

    def reach(self, point: Failpoint) -> None:
        self.seen.append(point)
        if point is self.at:
            self.at = None
            raise Killed(point.name)


class Pair:
    """A coordinator and a worker with everything they share."""

    def __init__(
        self,
        folder: Path,
        frames: Mapping[str, pl.DataFrame],
        *,
        shard_size: int = 2,
        failpoints: Failpoints | None = None,
    ) -> None:
        self.clock = FixedClock(NOW)
        self.warehouse, self.posted, self.warm = MemoryWarehouse(frames), Posted(), Warm()
        state = SqliteState(folder / "state.sqlite", self.clock)
        self.killer = Killer()
        self.rules = Rules(shard_size=shard_size, failpoints=failpoints or self.killer)
        self.backends = Backends(
            warehouse=cast("Any", self.warehouse),
            state=state,
            ledger=Ledger(state),
            objects=MemoryObjects(),
            bus=cast("Any", self.posted),
            secrets=cast("Any", None),
            clock=self.clock,
            settings=cast("Any", None),
        )
        self.dispatcher = Dispatcher(state, self.posted)

    def pass_time(self, **span: float) -> None:
        self.clock.instant += timedelta(**span)

    def start(self, **asked: Any) -> Started:
        started = planning.start(self.backends, Ask(Sport.MLB, MLB_DAY, **asked), self.rules)
        self.dispatcher.dispatch()
        return started

    def begun(self, **asked: Any) -> Batch:
        batch = self.start(**asked).batch
        assert batch is not None
        return batch

    def requests(self, batch: Batch | None = None) -> list[PredictionRequest]:
        bodies = self.posted.of(Topic.PREDICTION_REQUEST)
        found = [PredictionRequest.model_validate(body) for body in bodies]
        return [each for each in found if batch is None or each.batch_id == batch.batch_id]

    def readies(self) -> list[PredictionReady]:
        return [PredictionReady.model_validate(body) for body in self.posted.of(Topic.PREDICTION_READY)]

    def work(self, request: PredictionRequest, holder: str = "worker", rules: Rules | None = None) -> Handled:
        handled = working.run_shard(
            self.backends,
            request,
            message_key=request.shard_id,
            holder=holder,
            warm=self.warm,
            rules=rules or self.rules,
        )
        self.dispatcher.dispatch()
        return handled

    def complete(self, ready: PredictionReady) -> Handled | None:
        noted = consolidating.complete(self.backends, ready, self.rules)
        return self.consolidate(ready.batch_id) if noted.is_complete else None

    def consolidate(self, batch_id: str, holder: str = "coordinator", rules: Rules | None = None) -> Handled:
        handled = consolidating.consolidate(self.backends, batch_id, holder=holder, rules=rules or self.rules)
        self.dispatcher.dispatch()
        return handled

    def sweep(self) -> sweeping.Swept:
        return sweeping.sweep(self.backends, self.dispatcher, holder="coordinator", rules=self.rules)

    def supersede(self, *people: tuple[str, str], as_of: datetime) -> superseding.Superseded:
        named = [{"event_id": event, "participant_id": person} for event, person in people]
        changed = LinesChanged.model_validate(
            {"sport": "mlb", "game_day": MLB_DAY.date, "as_of": as_of, "people": named}
        )
        found = superseding.supersede(self.backends, changed, self.rules)
        self.dispatcher.dispatch()
        return found

    def finish(self, batch: Batch) -> None:
        """Do the whole batch, as it goes when nothing happens."""
        for request in self.requests(batch):
            self.work(request)
        assert self.consolidate(batch.batch_id).outcome == "done"

    def batch(self, batch: Batch) -> Batch:
        return get_batch(self.backends.state, batch.batch_id)

    def shards(self, batch: Batch) -> list[Shard]:
        return shards_of(self.backends.state, batch.batch_id)

    def slate(self, sport: Sport = Sport.MLB, day: GameDay = MLB_DAY) -> "Slate":
        return slate_of(self.backends, sport, day)


@dataclass(frozen=True)
class Slate:
    """What a reader sees, without the tag by which he found it."""

    tag: str
    predictions: pl.DataFrame
    decisions: pl.DataFrame

    def same_as(self, other: "Slate") -> bool:
        return self.predictions.equals(other.predictions) and self.decisions.equals(other.decisions)

    def people(self) -> set[tuple[str, str]]:
        return set(self.predictions.select("event_id", "participant_id").iter_rows())


def slate_of(backends: Backends, sport: Sport, day: GameDay) -> Slate:
    """Read as readers do: the pointer, then the rows of its tag."""
    current = backends.ledger.current(sport, day)
    if current is None:
        return Slate("", PREDICTIONS.empty().drop(BATCH_COLUMN), DECISIONS.empty().drop(BATCH_COLUMN))
    where = [In("game_day", (day.date,)), In("batch_id", (current.tag,))]
    rows = [backends.warehouse.read(table, where) for table in (PREDICTIONS, DECISIONS)]
    return Slate(current.tag, *(frame.drop(BATCH_COLUMN).sort("prediction_id") for frame in rows))


def whole_tables(pair: Pair) -> tuple[str, str]:
    """Return the content of both tables, rows of no reader's included."""
    hashes = [pair.warehouse.content_hash(table) for table in (PREDICTIONS, DECISIONS)]
    return hashes[0], hashes[1]


def rules_with(pair: Pair, **changes: Any) -> Rules:
    """Return the pair's rules with other values."""
    return replace(pair.rules, **changes)
