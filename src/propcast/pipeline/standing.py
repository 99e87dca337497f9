"""The stages that a game goes through in a day, and how each stands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from propcast.backends.state.records import ExpectedOutput, StepState
from propcast.core.gameday import EASTERN, GameDay

STAGES = ("scheduled", "context", "features", "lines", "forecasts", "decided", "published", "graded")

UNITS = dict(zip(STAGES, ("games", "participants", "feature rows", *("quoted markets",) * 4, "lines"), strict=True))
"""What is counted: a quoted market is one participant and market that some book quotes."""

PUBLISHED_BEFORE = timedelta(minutes=60)
"""Forecasts are owed this long before the start."""

GRADED_BY_HOUR = 10
"""Grades are owed at this hour (US Eastern) of the day after."""

NO_QUOTES = "no quotes"


class StageState(StrEnum):
    """How one stage of one game stands, from good to bad."""

    DONE = "done"
    EMPTY = "empty"
    NOT_RUN = "not_run"  # of a past day that nobody asked to forecast
    WAITING = "waiting"
    PARTIAL = "partial"
    LATE = "late"
    FAILED = "failed"

    @property
    def needs_somebody(self) -> bool:
        """Whether it is not as it should be by now."""
        return self in (StageState.PARTIAL, StageState.LATE, StageState.FAILED)


_OF_CELL = {
    StepState.DONE: StageState.DONE,
    StepState.EMPTY_OK: StageState.EMPTY,
    StepState.NOT_READY: StageState.WAITING,
    StepState.DEGRADED: StageState.PARTIAL,
    StepState.FAILED: StageState.FAILED,
}


@dataclass(frozen=True)
class Stage:
    """One stage: how many of how many, counted in the unit of the stage (`UNITS`).

    Attributes:
        got: None where nothing was counted.
        owed: None where nobody can say.
        note: what a reader should know: abstentions, bets, why something is missing.
    """

    name: str
    state: StageState
    got: int | None = None
    owed: int | None = None
    note: str = ""

    def __str__(self) -> str:
        match self.state:
            case StageState.WAITING:
                return f"{self.got:,} so far" if self.got else "to come"
            case StageState.NOT_RUN:
                return "not run"
            case StageState.EMPTY:
                return "none"
            case StageState.LATE:
                return "late"
            case StageState.DONE:
                return "done" if self.got is None else f"{self.got:,}"
            case _:
                return f"{self.got:,} of {self.owed:,}" if self.owed and self.got is not None else self.state.value

    def noting(self, number: int, what: str) -> "Stage":
        """Return the stage with a number of something in its note, unless there is none of it."""
        return replace(self, note="; ".join(p for p in (self.note, f"{number} {what}") if p)) if number else self


@dataclass(frozen=True)
class Due:
    """What one game should have reached by now.

    Attributes:
        is_watched: whether anything can be late; history that was never run is not.
    """

    day: GameDay
    starts_at: datetime | None
    now: datetime
    is_watched: bool

    @property
    def forecasts(self) -> StageState:
        """What it means that there are none."""
        return self._nothing(is_due=self.now > forecasts_due(self.day, self.starts_at))

    @property
    def grades(self) -> StageState:
        """What it means that there are none though forecasts were published."""
        return self._nothing(is_due=self.now >= grades_due(self.day))

    def _nothing(self, *, is_due: bool) -> StageState:
        if not is_due:
            return StageState.WAITING
        return StageState.LATE if self.is_watched else StageState.NOT_RUN


def forecasts_due(day: GameDay, starts_at: datetime | None) -> datetime:
    """Return when forecasts of a game are owed; of an unknown start at the end of the afternoon."""
    return (starts_at or day.plus(1).at_utc(0)) - PUBLISHED_BEFORE


def grades_due(day: GameDay) -> datetime:
    """Return when the grades of a game day are owed."""
    return datetime.combine(day.plus(1).date, time(GRADED_BY_HOUR), tzinfo=EASTERN).astimezone(UTC)


def is_recent(day: GameDay, now: datetime) -> bool:
    """Tell whether a game day is yesterday or later; what came before may be history that nobody asked to forecast."""
    return day.plus(1) >= GameDay.of_instant(now)


def of_cell(name: str, cell: ExpectedOutput | None, nothing: StageState) -> Stage:
    """Return a stage that the ledger keeps a cell of; `nothing` is its state while nothing came of it."""
    if cell is None or cell.state is StepState.NOT_READY:
        return Stage(name, nothing)
    return Stage(name, _OF_CELL[cell.state], cell.actual, cell.expected, cell.reason)


def of_all(name: str, got: int | None, owed: int, nothing: StageState) -> Stage:
    """Return a stage that all of `owed` should reach; `got` is None while there is no slate."""
    if got is None:
        return Stage(name, nothing, None, owed or None)
    if not owed:
        return Stage(name, StageState.EMPTY, got, owed, NO_QUOTES)
    if got >= owed:
        return Stage(name, StageState.DONE, got, owed)
    return Stage(name, StageState.PARTIAL if got else StageState.FAILED, got, owed, f"{owed - got} of {owed} missing")


def of_lines(quoted: int, nothing: StageState) -> Stage:
    """Return how quotes stand; nobody can say beforehand how many there will be."""
    return Stage("lines", StageState.DONE, quoted) if quoted else Stage("lines", owing_nothing(nothing), 0)


def of_people(people: int, features: ExpectedOutput | None, nothing: StageState) -> Stage:
    """Return how the context stands; features that were built for nobody say that a game has no participants."""
    if not people and features is not None and features.state is StepState.EMPTY_OK:
        return Stage("context", StageState.EMPTY, 0, 0, features.reason)
    return Stage("context", StageState.DONE if people else nothing, people)


def owing_nothing(nothing: StageState) -> StageState:
    """Return what it means that there is nothing of a stage which has nothing to work on: once due, it owes nothing."""
    return StageState.WAITING if nothing is StageState.WAITING else StageState.EMPTY


def over_games(stages: Sequence[Stage]) -> Stage:
    """Return one stage over several games: counts added up, the worst state, how many games are not through.

    Games that owe nothing do not hide what the others have.
    """
    behind = sum(stage.state not in (StageState.DONE, StageState.EMPTY) for stage in stages)
    note = f"{behind} of {len(stages)} games not through" if behind else ""
    got, owed = (_sum(part) for part in zip(*((s.got, s.owed) for s in stages), strict=True))
    state = worst(stage.state for stage in stages)
    return Stage(stages[0].name, StageState.DONE if state is StageState.EMPTY and got else state, got, owed, note)


def worst(states: Iterable[StageState]) -> StageState:
    """Return the worst of some states."""
    return max(states, key=list(StageState).index)


def _sum(parts: Iterable[int | None]) -> int | None:
    known = [part for part in parts if part is not None]
    return sum(known) if known else None
