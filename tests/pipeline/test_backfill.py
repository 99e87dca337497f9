"""Backfill: one code for a day and for seasons, and what stands is not written again."""

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from propcast.backends.compose import Backends
from propcast.backends.state.records import StepState
from propcast.backends.warehouse.port import In, Stamp
from propcast.core.gameday import GameDay
from propcast.core.markets import market
from propcast.core.sport import Sport
from propcast.pipeline.backfill import backfill, run_training_rows
from propcast.pipeline.span import Span
from propcast.pipeline.sports import plan_of
from propcast.pipeline.steps import StepResult
from propcast.tables.forecasts import CLOSING_LINES, CONSENSUS_LINES
from propcast.tables.precompute import MLB_FEATURE_TABLE, MLB_TRAINING_ROWS, NBA_FEATURE_TABLE, NBA_TRAINING_ROWS
from propcast.tables.raw import RAW_NBA_PLAYER_BOX
from propcast.tables.reference import QUARANTINE
from propcast.tables.schema import Table
from tests.pipeline.conftest import MLB_DAY, NBA_DAY, NOW

NBA_SEASON = Span(Sport.NBA, GameDay.parse("2024-10-24"), GameDay.parse("2024-12-12"))
NBA_WEEK = Span(Sport.NBA, NBA_DAY.plus(-6), NBA_DAY)
MLB_SEASON = Span.of_season(Sport.MLB, "2025")

SEASONS = pytest.mark.parametrize("span", [NBA_SEASON, MLB_SEASON], ids=["nba", "mlb"])


def of_day(backends: Backends, table: Table, day: GameDay) -> pl.DataFrame:
    """The stored rows of a day."""
    return backends.warehouse.read(table, [In("game_day", (day.date,))])


@SEASONS
def test_a_second_run_writes_nothing(league_home: Backends, span: Span) -> None:
    first = backfill(league_home, span).table()
    second = backfill(league_home, span).table()
    assert first["new"].sum() > 0
    assert second["new"].sum() == 0


@pytest.mark.proves("L42", "E2")
@pytest.mark.parametrize(
    ("span", "day", "table"),
    [(NBA_SEASON, NBA_DAY, NBA_FEATURE_TABLE), (MLB_SEASON, MLB_DAY, MLB_FEATURE_TABLE)],
    ids=["nba", "mlb"],
)
def test_a_day_is_the_same_alone_and_inside_its_season(
    league_home: Backends, played_home_elsewhere: Backends, span: Span, day: GameDay, table: Table
) -> None:
    """Stored feature rows and consensus are equal, value by value."""
    backfill(league_home, span)
    for each in (table, CONSENSUS_LINES):
        alone, inside = of_day(played_home_elsewhere, each, day), of_day(league_home, each, day)
        assert alone.height > 0
        assert inside.equals(alone)


@pytest.mark.proves("L42")
@pytest.mark.parametrize(
    ("span", "table"), [(NBA_SEASON, NBA_TRAINING_ROWS), (MLB_SEASON, MLB_TRAINING_ROWS)], ids=["nba", "mlb"]
)
def test_past_games_are_the_same_whoever_asked_for_them(
    league_home: Backends, played_home_elsewhere: Backends, span: Span, table: Table
) -> None:
    """Training rows that a day built for itself equal those of a backfill."""
    backfill(league_home, span)
    alone = played_home_elsewhere.warehouse.read(table, [span.days()])
    both = league_home.warehouse.read(table, [span.days()]).filter(
        pl.col("game_day").is_in(alone["game_day"].implode())
    )
    assert alone.height > 0
    assert both.equals(alone)


def test_a_span_over_two_seasons_builds_both(league_home: Backends) -> None:
    span = Span(Sport.NBA, GameDay.parse("2023-12-01"), GameDay.parse("2024-10-30"))
    steps = backfill(league_home, span).table()
    built = steps.filter(pl.col("step") == "nba/precompute")["span"].to_list()
    assert built == ["2023-12-01 … 2024-10-30"]
    stored = league_home.warehouse.read(NBA_TRAINING_ROWS)["game_day"]
    assert (stored.min(), stored.max()) >= (span.first.date, span.first.date)
    assert stored.max() <= span.last.date  # type: ignore[operator]


@pytest.mark.proves("E5", "L38")
def test_closes_are_quotes_from_before_the_start(league_home: Backends) -> None:
    backfill(league_home, NBA_SEASON)
    closes = league_home.warehouse.read(CLOSING_LINES)
    assert closes.height > 0
    assert (closes["lead_s"] > 0).all()


@pytest.mark.proves("L36")
def test_a_corrected_box_is_built_again(league_home: Backends) -> None:
    """Analytics follow the content of the raw tables, not the fact that they were built once."""
    backfill(league_home, NBA_WEEK)
    season = [In("season", ("2024-25",))]
    box = league_home.warehouse.read(RAW_NBA_PLAYER_BOX, season)
    more = pl.when(pl.col("ast").is_not_null() & (pl.col("player_id") == 101)).then(pl.col("ast") + 1).otherwise("ast")
    corrected = box.with_columns(more.alias("ast"), pl.col("observed_at") + pl.duration(hours=1))
    league_home.warehouse.write(RAW_NBA_PLAYER_BOX, corrected, Stamp("correction", NOW))
    rebuilt = backfill(league_home, NBA_WEEK).table()
    new = dict(rebuilt.select("step", "new").iter_rows())
    assert new["nba/analytics"] > 0
    assert new["nba/training_rows"] > 0


@pytest.mark.proves("L36")
def test_a_past_game_out_of_range_is_held_back_and_the_others_stand(played_home: Backends) -> None:
    plan = plan_of(Sport.NBA)
    feature = plan.contract.features[0]

    def spoiled(*told: Any) -> pl.DataFrame:
        rows = plan.build_features(*told)
        is_first = pl.int_range(pl.len()) == 0
        return rows.with_columns(pl.when(is_first).then(feature.high + 1).otherwise(feature.name).alias(feature.name))

    def built() -> StepResult:
        return run_training_rows(
            played_home, replace(plan, build_features=spoiled), NBA_WEEK, [market("points")]
        ).result

    whole = run_training_rows(played_home, plan, NBA_WEEK, [market("points")]).result
    first, again = built(), built()
    assert (first.state, first.reason) == (StepState.DEGRADED, "1 rows out of range held back")
    assert (first.counts["newly_held"], again.counts["newly_held"]) == (1, 0)
    assert first.rows[NBA_TRAINING_ROWS.name] == whole.rows[NBA_TRAINING_ROWS.name] - 1
    held = played_home.warehouse.read(QUARANTINE, [In("origin", ("training_rows",))])
    assert held["violations"].explode().to_list() == [
        f"{feature.name} is outside {feature.low:g}…{feature.high:g} {feature.unit}".rstrip()
    ]
