"""The panels of Today: what kind of day it is, what needs somebody, how far each game got, how old everything is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from propcast.apps.console import services
from propcast.apps.console.environment import Console
from propcast.apps.console.panels import Panel, PanelState
from propcast.backends.compose import Backends
from propcast.core.errors import PropCastError
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.ages import Age, AgeState, ages, read_moments
from propcast.pipeline.calendar import DayKind, Outlook, read_outlook
from propcast.pipeline.concerns import Concern, worst_first
from propcast.pipeline.funnel import Funnel, read_funnel
from propcast.pipeline.status import read_concerns
from propcast.service.smoke import Matrix

K = TypeVar("K")
T = TypeVar("T")

DAY, NEEDS, GAMES, AGES, SERVICES = PANELS = ("day", "needs", "games", "ages", services.NAME)


@dataclass(frozen=True)
class Needs:
    """What needs somebody, the worst first; `unknown` names what could not be looked at."""

    concerns: tuple[Concern, ...]
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Today:
    """The page: the game day that it is about, and its panels in the order in which they are read."""

    game_day: GameDay
    is_today: bool
    as_of: datetime
    day: Panel[tuple[Outlook, ...]]
    needs: Panel[Needs]
    games: Panel[tuple[Funnel, ...]]
    ages: Panel[tuple[Age, ...]]
    services: Panel[Matrix]

    @property
    def is_simulated(self) -> bool:
        """Whether any of the games were made up."""
        return any(outlook.is_simulated for outlook in self.day.content or ())

    def panels(self) -> Mapping[str, Panel[object]]:
        """Return the panels by name."""
        return {name: getattr(self, name) for name in PANELS}


def read_day(backends: Backends, day: GameDay) -> Panel[tuple[Outlook, ...]]:
    """Return what kind of day it is for each sport."""
    now = backends.clock.now()
    found = tuple(read_outlook(backends, sport, day, now) for sport in Sport)
    state = PanelState.OK if any(each.kind is DayKind.GAMES for each in found) else PanelState.EMPTY
    return Panel(DAY, state, now, found)


def read_games(console: Console, day: GameDay) -> Panel[tuple[Funnel, ...]]:
    """Return how far each game of the day and of the day before got; a sport that fails leaves the other standing."""
    now = console.clock.now()
    funnels, failed = _each(
        [(sport, when) for when in (day, day.plus(-1)) for sport in Sport],
        lambda of: read_funnel(console.reads, of[0], of[1], console.rows),
        lambda of: f"{of[0].upper()} {of[1]}",
    )
    if failed and not funnels:
        raise PropCastError("; ".join(failed))
    with_games = tuple(found for found in funnels if found.games)
    if failed:
        unknown = "; ".join(f"{', '.join(names)} ({why})" for why, names in failed.items())
        return Panel(GAMES, PanelState.PARTIAL, now, with_games, f"Unknown: {unknown}.")
    return Panel(GAMES, PanelState.OK if with_games else PanelState.EMPTY, now, with_games)


def read_ages(backends: Backends, day: GameDay) -> Panel[tuple[Age, ...]]:
    """Return how old quotes, features, slates and grades are, for sports that play at all."""
    now = backends.clock.now()
    found: list[Age] = []
    for sport in Sport:
        today, before = (read_outlook(backends, sport, when, now) for when in (day, day.plus(-1)))
        if DayKind.GAMES in (today.kind, before.kind):
            found += ages(today, before, read_moments(backends, sport, day), now)
    if not found:
        return Panel(AGES, PanelState.EMPTY, now, ())
    old = [age for age in found if age.state in (AgeState.STALE, AgeState.LATE)]
    return Panel(AGES, PanelState.STALE if old else PanelState.OK, now, tuple(found))


def read_needs(backends: Backends, games: Panel[tuple[Funnel, ...]], matrix: Panel[Matrix]) -> Panel[Needs]:
    """Return what needs somebody, from the games and services as they were seen, and from the ledger."""
    now = backends.clock.now()
    unknown = [panel.name for panel in (games, matrix) if panel.content is None or panel.state is PanelState.PARTIAL]
    found = read_concerns(backends, games.content or ())
    found += services.concerns(matrix.content) if matrix.content else []
    needs = Needs(tuple(worst_first(found)), tuple(unknown))
    return Panel(NEEDS, PanelState.PARTIAL if unknown else PanelState.OK, now, needs)


def _each(
    wanted: Sequence[K], read: Callable[[K], T], name: Callable[[K], str]
) -> tuple[list[T], dict[str, list[str]]]:
    """Read one after the other; names what fails under what it said."""
    found: list[T] = []
    failed: dict[str, list[str]] = {}
    for key in wanted:
        try:
            found.append(read(key))
        except (PropCastError, OSError) as error:
            failed.setdefault(str(error), []).append(name(key))
    return found, failed
