"""What runs, what was published and what is missing: for status pages, metrics and checks; nothing is changed."""

from collections import Counter
from dataclasses import dataclass

from propcast.backends.compose import Backends
from propcast.backends.state.port import State, Where
from propcast.backends.state.records import ExpectedOutput
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.batch.filing import batches_where, find_batch, find_current, shards_of
from propcast.pipeline.batch.gathering import lacks_of
from propcast.pipeline.batch.records import Batch, Lack, Publication, Shard
from propcast.pipeline.batch.states import OPEN_STATES, ShardState


@dataclass(frozen=True)
class Standing:
    """How a batch stands.

    Attributes:
        shards: all of its shards, in order.
        participants: how many participants ended in each status, and how many are still open or were lost.
    """

    batch: Batch
    shards: tuple[Shard, ...]
    participants: dict[str, int]

    @property
    def states(self) -> dict[str, int]:
        """How many shards are in each state."""
        return dict(Counter(shard.state.value for shard in self.shards))

    @property
    def missing(self) -> tuple[Lack, ...]:
        """Everybody without a result, and why; complete also where the batch's row names only the first."""
        return lacks_of(self.shards)


@dataclass(frozen=True)
class Coverage:
    """How much of a game day's slate is published.

    Attributes:
        events: what every event owes and has, as in the grid.
        missing: who has no new rows in the current publication, and why.
    """

    sport: Sport
    game_day: GameDay
    publication: Publication | None
    events: tuple[ExpectedOutput, ...]
    missing: tuple[Lack, ...]

    @property
    def owed(self) -> int:
        """Quoted participants and markets of the day."""
        return sum(cell.expected or 0 for cell in self.events)

    @property
    def answered(self) -> int:
        """… of which the current slate answers for so many."""
        return sum(cell.actual or 0 for cell in self.events)

    @property
    def share(self) -> float | None:
        """Answered share; None where nothing is owed: no game, or nobody is quoted yet."""
        return self.answered / self.owed if self.owed else None


def batches(
    backends: Backends, sport: Sport | None = None, day: GameDay | None = None, limit: int = 100
) -> list[Batch]:
    """Return batches, the latest planned first; None filters nothing."""
    asked = {"sport": None if sport is None else sport.value, "game_day": None if day is None else str(day)}
    where = [Where(name, "==", value) for name, value in asked.items() if value is not None]
    return batches_where(backends.state, where, limit)


def standing(backends: Backends, batch_id: str) -> Standing | None:
    """Return how a batch stands; None when there is none of that id."""
    batch = find_batch(backends.state, batch_id)
    if batch is None:
        return None
    shards = shards_of(backends.state, batch_id)
    participants = Counter[str]()
    for shard in shards:
        if shard.state is ShardState.DONE:
            participants.update(shard.counts())
        else:
            participants["open" if shard.is_open else "lost"] += len(shard.participants)
    return Standing(batch, tuple(shards), dict(participants))


def coverage(backends: Backends, sport: Sport, day: GameDay) -> Coverage:
    """Return how much of a game day's slate is published, event by event."""
    current = find_current(backends.state, sport, day)
    cells = tuple(cell for cell in backends.ledger.expected(sport, day) if cell.step == "predictions")
    batch = None if current.pointer is None else find_batch(backends.state, current.pointer.batch_id)
    return Coverage(sport, day, current.publication, cells, () if batch is None else batch.missing)


def oldest_open(state: State) -> Batch | None:
    """Return the batch that has waited longest for its publication."""
    waiting = batches_where(state, [Where("state", "in", sorted(OPEN_STATES))])
    return waiting[-1] if waiting else None
