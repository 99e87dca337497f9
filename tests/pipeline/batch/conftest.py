"""A small game day, ready to be forecast: five pitchers, and a line that moves a minute after the last poll."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from propcast.backends.warehouse.port import In, Stamp
from propcast.core.gameday import GameDay
from propcast.core.markets import markets_of
from propcast.core.sport import Sport
from propcast.pipeline.backfill import ensure_analytics, ensure_history, looked_at, run_features
from propcast.pipeline.precompute import build_features, precompute_step
from propcast.pipeline.slate import forecast_step
from propcast.pipeline.span import Span
from propcast.pipeline.sports import plan_of
from propcast.tables.raw import RAW_QUOTES
from tests.leaks.conftest import built_once, shared_folder
from tests.leaks.shelf import store_on
from tests.leaks.worlds import history_world
from tests.pipeline.batch.memory import MemoryWarehouse
from tests.pipeline.batch.slates import Pair
from tests.pipeline.conftest import MLB_DAY, NOW, open_home

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Tables:
    """Frames of a home, the people whose line moves, and the moment at which it has.

    Attributes:
        before: features as of each event's own moment.
        after: the same, and features as of the moment after the move.
    """

    before: dict[str, pl.DataFrame]
    after: dict[str, pl.DataFrame]
    moved: tuple[str, str]
    moved_at: datetime


@pytest.fixture(scope="session")
def tables(played_template: Path) -> Tables:
    """The hand-written MLB day."""
    plan, home = plan_of(Sport.MLB), open_home(played_template)
    needed = (*precompute_step(plan).reads, *precompute_step(plan).writes, *forecast_step(plan).reads)
    before = {table.name: home.warehouse.read(table) for table in needed}
    shelf = MemoryWarehouse(before)
    quotes = shelf.read(RAW_QUOTES, [In("game_day", (MLB_DAY.date,)), In("sport", ("mlb",))])
    latest = quotes.filter("is_open").sort("observed_at", "quote_id").tail(1)
    moved_at: datetime = latest["observed_at"][0] + MINUTE
    assert moved_at + MINUTE < latest["starts_at"][0]
    moved = latest.with_columns(
        over_price=pl.lit(-150, pl.Int64), observed_at=pl.lit(moved_at, RAW_QUOTES.schema["observed_at"])
    )
    shelf.write(RAW_QUOTES, moved, Stamp("late", NOW))
    build_features(store_on(shelf), plan, Span(Sport.MLB, MLB_DAY, MLB_DAY), markets_of(Sport.MLB), moved_at + MINUTE)
    return Tables(before, shelf.frames, (latest["event_id"][0], latest["subject"][0]), moved_at + MINUTE)


@pytest.fixture
def pair(tables: Tables, tmp_path: Path) -> Pair:
    """A coordinator and a worker before anything was asked."""
    return Pair(tmp_path, tables.after)


MakePair = Callable[..., Pair]


@pytest.fixture
def make_pair(tables: Tables, tmp_path_factory: pytest.TempPathFactory) -> MakePair:
    """Any number of pairs, each with stores of its own."""

    def make(**how: object) -> Pair:
        return Pair(tmp_path_factory.mktemp("pair"), tables.after, **how)  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def undisturbed(tables: Tables, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """A pair after a day on which nothing happened; not to be changed."""
    pair = Pair(tmp_path_factory.mktemp("undisturbed"), tables.after)
    pair.finish(pair.begun())
    return pair


PAST = ((Sport.NBA, GameDay.parse("2025-10-24")), (Sport.MLB, GameDay.parse("2025-07-02")))


@pytest.fixture(scope="session")
def past_template(history: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that holds the real history and the features of two of its days, to be copied."""
    world = built_once(shared_folder(tmp_path_factory, "leak-history"), lambda home: history_world(history, home))
    home = tmp_path_factory.mktemp("past") / "home"
    shutil.copytree(world.home, home)
    backends = open_home(home)
    for sport, day in PAST:
        plan, markets = plan_of(sport), markets_of(sport)
        ensure_analytics(backends, plan, looked_at(plan, (day.season(sport),)))
        ensure_history(backends, plan, day, markets)
        run_features(backends, plan, Span(sport, day, day), markets)
    return home
