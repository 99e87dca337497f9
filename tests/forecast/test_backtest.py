"""A walk-forward season on made-up data: same rows, earlier days only, honest about what it cannot score."""

import json
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from propcast.core.errors import NotReady
from propcast.forecast.backtest import BacktestInputs, _slates, backtest
from propcast.forecast.baselines import LINED
from propcast.forecast.market_rows import market_rows
from propcast.forecast.page import page
from propcast.forecast.report import BacktestReport
from propcast.forecast.systems.base import SlateInputs
from propcast.forecast.systems.registry import forecast_all
from propcast.tables.forecasts import CONSENSUS_LINES
from propcast.tables.raw import CHECK_CONSENSUS
from tests.forecast.slates import POINTS, consensus, nba_rows, pool

FIRST, SECOND = date(2023, 12, 1), date(2024, 12, 1)
DAYS, PLAYERS = 14, 24


def history() -> BacktestInputs:
    """Two short seasons of points; in the second everybody has a DFS line and every other one a price."""
    features = pl.concat(
        [pool(nba_rows, DAYS, PLAYERS, until=start + timedelta(days=DAYS), spread=8) for start in (FIRST, SECOND)]
    )
    games = features.select(
        "event_id",
        pl.col("participant_id").str.split(":").list.last().cast(pl.Int64).alias("player_id"),
        "season",
        pl.lit("regular").alias("season_type"),
        "game_day",
        pl.lit(30.0).alias("minutes_rounded"),
        pl.col("actual").alias("pts"),
    )
    quoted = features.filter(pl.col("season") == "2024-25")
    priced = pl.int_range(pl.len()) % 2 == 0
    checks = CHECK_CONSENSUS.conform(quoted.with_columns(
        (pl.col("level").floor() + 0.5).alias("line_median"),
        (pl.col("level").floor() + 0.5).alias("line_mode"),
        pl.when(priced).then(pl.lit("sportsbook")).otherwise(pl.lit("dfs")).alias("book_type"),
        pl.lit(0.5).alias("p_over_devig"),
        pl.lit(-110).alias("best_over_price"),
        pl.lit(-105).alias("best_under_price"),
    ))  # fmt: skip
    return BacktestInputs(games, features, checks, consensus(quoted))


@pytest.fixture(scope="module")
def report() -> BacktestReport:
    return backtest(POINTS, "2024-25", history())


def metric(report: BacktestReport, population: str, system: str, name: str) -> tuple[float, int]:
    row = report.metrics.filter(
        (pl.col("population") == population) & (pl.col("system") == system) & (pl.col("metric") == name)
    )
    value, n = row.select("value", "n").row(0)
    return value, n


def test_the_model_was_fitted_on_earlier_seasons_only(report: BacktestReport) -> None:
    assert report.model["train_until"] == str(SECOND)
    assert report.model["n_rows"] == DAYS * PLAYERS


def test_systems_baselines_and_market_are_scored_on_the_same_rows(report: BacktestReport) -> None:
    expected = (DAYS - 1) * PLAYERS
    lined = report.baselines.filter(pl.col("population") == LINED)
    assert set(lined["n"]) - {expected // 2} == {expected}
    for system in ("moving_average", "gbm_lightgbm", "ensemble", "market_implied"):
        assert metric(report, LINED, system, "mae")[1] == expected
        assert metric(report, LINED, system, "minus_line")[1] == expected


def test_a_price_that_says_nothing_is_not_scored_as_one(report: BacktestReport) -> None:
    coin, n = metric(report, LINED, "moving_average", "log_loss_market")
    assert coin == pytest.approx(np.log(2))
    assert n == (DAYS - 1) * PLAYERS // 2


def test_the_final_probability_is_the_markets_until_a_blend_is_fitted(report: BacktestReport) -> None:
    assert metric(report, LINED, "similarity", "log_loss_final_minus_market")[0] == 0.0


@pytest.mark.proves("E1")
def test_the_last_days_results_do_not_reach_earlier_forecasts() -> None:
    """Permute what happens at the end: scores of everything before stay as they are."""
    inputs = history()
    last = inputs.features["game_day"].max()
    absurd = inputs.features.with_columns(
        pl.when(pl.col("game_day") == last).then(50.0).otherwise("actual").alias("actual")
    )
    day = last - timedelta(days=1) if isinstance(last, date) else FIRST
    slate = inputs.features.filter(pl.col("game_day") == day)
    said, again = (
        forecast_all(SlateInputs(POINTS, slate, inputs.consensus, features), {})
        for features in (inputs.features, absurd)
    )
    assert [f.distributions.params for f in said] == [f.distributions.params for f in again]


def test_honest_forecasts_of_noise_are_not_suspected(report: BacktestReport) -> None:
    assert not report.leak_suspected


def test_the_report_is_plain_data_and_a_page_without_anything_to_fetch(report: BacktestReport) -> None:
    data = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert data["leak_suspected"] is report.leak_suspected
    text = page(report)
    assert text.count("<svg") >= 6
    assert "<script" not in text
    assert "http://" not in text.replace("http://www.w3.org", "").replace("http://creativecommons", "").replace(
        "http://purl", ""
    )
    assert [title for title, *_ in report.tables()]


@pytest.mark.proves("L35")
def test_a_system_that_knows_the_result_is_reported_as_a_leak() -> None:
    inputs = history()
    known = inputs.features.with_columns(
        *(pl.col("actual").cast(pl.Float32).alias(n) for n in ("stat_avg_l5", "stat_avg_l10", "stat_mean_shrunk")),
        *(pl.lit(1.0, pl.Float32).alias(n) for n in ("opp_allowed_index", "pace_factor")),
        pl.lit(0.0, pl.Float32).alias("fatigue_load"),
    )
    found = backtest(POINTS, "2024-25", BacktestInputs(inputs.games, known, inputs.checks, CONSENSUS_LINES.empty()))
    assert found.leak_suspected
    assert any("LEAK SUSPECTED: moving_average" in note for note in found.notes())


def test_a_season_that_is_not_there_says_so() -> None:
    with pytest.raises(NotReady, match="2030-31"):
        backtest(POINTS, "2030-31", history())


def test_our_consensus_fills_in_whom_the_sources_do_not_have() -> None:
    inputs = history()
    some = inputs.checks.head(10)
    rows = market_rows(POINTS, some, inputs.consensus)
    assert rows.height == inputs.consensus.height
    assert rows["over_odds"].drop_nulls().len() == 5
    assert rows["market_line"].null_count() == 0


@pytest.mark.proves("E1")
def test_the_pool_of_every_slate_ends_the_day_before() -> None:
    slates = list(_slates(POINTS, "2024-25", history()))
    assert len(slates) == DAYS
    for slate in slates:
        days = slate.features["game_day"].unique().to_list()
        assert len(days) == 1
        assert slate.pool["game_day"].max() is None or slate.pool.filter(pl.col("game_day") >= days[0]).is_empty()
        assert slate.consensus.filter(pl.col("game_day") != days[0]).is_empty()
