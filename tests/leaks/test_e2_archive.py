"""E2: what is stored is what the archive gives, for any date and however much of it is built at once."""

import random
from datetime import datetime

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from propcast.backends.warehouse.port import In
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.analytics import build_analytics
from propcast.pipeline.linebook import build_line_book
from propcast.pipeline.plan import MarketView, SportPlan
from propcast.pipeline.precompute import build_features, precompute_step
from propcast.pipeline.span import Span
from propcast.pipeline.sports import plan_of
from propcast.tables.analytics import EVENTS
from propcast.tables.forecasts import CONSENSUS_LINES
from tests.leaks.archive import Archive, Frames, known_at, read_archive
from tests.leaks.shelf import Shelf, store_on
from tests.leaks.worlds import MARKETS, SEED, World

SPORTS = pytest.mark.parametrize("sport", list(Sport))


def frames_of(archive: Archive) -> Frames:
    """Analytics, profile inputs and events, from raw tables alone."""
    shelf, plan = Shelf(archive.frames), archive.plan
    build_analytics(store_on(shelf), plan, archive.seasons)
    return {t.name: shelf.read(t) for t in (*plan.analytics, *plan.profile_inputs, EVENTS)}


def stored_rows(world: World, plan: SportPlan) -> pl.DataFrame:
    return world.backends.warehouse.read(plan.training, [In("market", (MARKETS[plan.sport].name,))])


@pytest.mark.proves("E2", "L34", "L36", "L42")
@SPORTS
def test_training_rows_are_what_the_archive_of_the_day_gives(world: World, sport: Sport) -> None:
    """Two dates by lot, rebuilt from what was known in their mornings, equal the rows of the season's backfill."""
    plan, market = plan_of(sport), MARKETS[sport]
    stored = stored_rows(world, plan)
    for drawn in random.Random(SEED).sample(stored["game_day"].unique().sort().to_list(), 2):  # noqa: S311
        day = GameDay(drawn)
        archive = read_archive(world.backends, sport, day, plan.history_seasons)
        afterwards = frames_of(archive)
        results = afterwards[plan.results.name].filter(plan.took_part, pl.col("game_day") == drawn)
        contexts = plan.scored_contexts(results, afterwards)
        before = frames_of(known_at(archive, day.at_utc(15)))
        rebuilt = plan.build_features([market], contexts, before, MarketView.nothing())
        expected = stored.filter(pl.col("game_day") == drawn)
        assert expected.height == results.height > 0
        same = expected.columns[:-1]
        key = ["event_id", "player_id"]
        assert_frame_equal(rebuilt.select(same).sort(key), expected.select(same).sort(key), check_exact=True)


@pytest.mark.proves("E2", "L36", "L42")
@SPORTS
def test_the_slate_that_was_stored_is_what_the_archive_of_its_moment_gives(world: World, sport: Sport) -> None:
    plan, day = plan_of(sport), world.days[sport][0]
    expected = stored_slate(world, plan, day)
    latest = expected["as_of"].max()
    assert isinstance(latest, datetime)
    archive = read_archive(world.backends, sport, day, plan.history_seasons, all_markets=True)
    shelf = Shelf(known_at(archive, latest).frames)
    store = store_on(shelf)
    build_analytics(store, plan, archive.seasons)
    for season in archive.seasons[-2:]:
        build_line_book(store, Span(sport, GameDay(expected["game_day"][0]).plus(-700), day.plus(-1)).within(season))
    build_features(store, plan, Span(sport, day, day), [MARKETS[sport]])
    assert_frame_equal(in_order(shelf.read(plan.features)), expected, check_exact=True)


@pytest.mark.proves("E2", "L42")
@SPORTS
def test_days_built_together_equal_the_day_built_alone(world: World, sport: Sport) -> None:
    """The backfill and the live run are one function: what stands on later days of the span changes nothing."""
    plan, day = plan_of(sport), world.days[sport][0]
    warehouse = world.backends.warehouse
    inputs = precompute_step(plan).reads
    shelf = Shelf({table.name: warehouse.read(table) for table in (*inputs, CONSENSUS_LINES)})
    build_features(store_on(shelf), plan, Span(sport, day.plus(-3), day.plus(2)), [MARKETS[sport]])
    together = shelf.read(plan.features, [In("game_day", (day.date,))])
    assert shelf.read(plan.features).height > together.height
    assert_frame_equal(in_order(together), stored_slate(world, plan, day), check_exact=True)


def stored_slate(world: World, plan: SportPlan, day: GameDay) -> pl.DataFrame:
    rows = world.backends.warehouse.read(plan.features, [In("game_day", (day.date,))])
    assert rows.height > 0
    return in_order(rows)


def in_order(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.sort("event_id", "participant_id")
