"""Two worlds to look for leaks in: the hand-written leagues, and the real history."""

import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from propcast.backends.compose import Backends
from propcast.backends.warehouse.port import In
from propcast.core.gameday import GameDay
from propcast.core.markets import Market, market
from propcast.core.sport import Sport
from propcast.pipeline.backfill import ensure_analytics, ensure_history, looked_at, run_features
from propcast.pipeline.batch.at_once import forecast_day
from propcast.pipeline.importing import import_history
from propcast.pipeline.slate import forecast_step
from propcast.pipeline.span import Span
from propcast.pipeline.sports import plan_of
from propcast.pipeline.steps import StepResult, StepStore, run_step
from propcast.tables.raw import RAW_QUOTES
from tests.pipeline.conftest import load, open_home, raw_frames

MARKETS: dict[Sport, Market] = {Sport.NBA: market("points"), Sport.MLB: market("pitcher_strikeouts")}
SEED = 20251024

Days = dict[Sport, tuple[GameDay, ...]]


@dataclass(frozen=True)
class World:
    """A home in which some days of both sports have been forecast (one market each), and nothing is graded."""

    name: str
    home: Path
    days: Days

    @cached_property
    def backends(self) -> Backends:
        """The home itself: for reading only, every test shares it."""
        return open_home(self.home)

    def copy(self, folder: Path) -> Backends:
        """A home of its own, to be changed."""
        shutil.copytree(self.home, folder / "home")
        return open_home(folder / "home")


def league_world(home: Path) -> World:
    """Return the hand-written leagues: every case in them is awkward."""
    days = {Sport.NBA: _days("2024-12-03", "2024-12-07"), Sport.MLB: _days("2025-05-15", "2025-05-17", "2025-05-19")}
    _unless_there(home, lambda draft: _play(load(open_home(draft), raw_frames()), days))
    return World("league", home, days)


def history_world(history: Path, home: Path) -> World:
    """Return the real history: days chosen for what is odd about them, and some by lot."""

    def build(draft: Path) -> None:
        backends = open_home(draft)
        import_history(backends.warehouse, history, backends.clock, lambda name, done, total: None)
        _play(backends, _history_days(backends))

    _unless_there(home, build)
    return World("history", home, _history_days(open_home(home)))


def _unless_there(home: Path, build: Callable[[Path], None]) -> None:
    """Build a home beside its place and move it there, so that half of one is never found."""
    if not home.exists():
        draft = home.with_name(f"{home.name}-draft")
        shutil.rmtree(draft, ignore_errors=True)
        build(draft)
        draft.rename(home)


def _history_days(backends: Backends) -> Days:
    chosen = {Sport.NBA: _days("2024-12-23", "2025-11-05"), Sport.MLB: _days("2025-07-02")}
    lots = random.Random(SEED)  # noqa: S311 - the same days every time
    return {sport: (*fixed, *_drawn(backends, sport, fixed, lots)) for sport, fixed in chosen.items()}


def _days(*texts: str) -> tuple[GameDay, ...]:
    return tuple(GameDay.parse(text) for text in texts)


def _drawn(backends: Backends, sport: Sport, fixed: Sequence[GameDay], lots: random.Random) -> list[GameDay]:
    """Draw one more quoted day between the first and the last of the sport's quotes."""
    where = [In("sport", (sport,)), In("market", (MARKETS[sport].name,))]
    quoted = backends.warehouse.read(RAW_QUOTES, where, columns=["game_day"])["game_day"].unique().sort()
    return [GameDay(lots.choice([day for day in quoted.to_list() if GameDay(day) not in fixed]))]


def _play(backends: Backends, days: Days) -> None:
    for sport, chosen in days.items():
        for day in sorted(chosen):
            play_day(backends, sport, day)


def play_day(backends: Backends, sport: Sport, day: GameDay) -> None:
    """Run the steps of a game day for the sport's one market."""
    plan, markets = plan_of(sport), [MARKETS[sport]]
    ensure_analytics(backends, plan, looked_at(plan, (day.season(sport),)))
    ensure_history(backends, plan, day, markets)
    run_features(backends, plan, Span(sport, day, day), markets)

    def forecast(store: StepStore) -> StepResult:
        return forecast_day(backends, store, plan, day, markets)

    run_step(backends, forecast_step(plan), sport, day, forecast)
