"""Adding a market is one declaration: features, forecasts, decisions and grades follow from it."""

import polars as pl
import pytest

from propcast.backends.compose import Backends
from propcast.backends.warehouse.port import In, Stamp
from propcast.core.markets import MARKETS, Market, market, market_of_feed_key, markets_of
from propcast.core.sport import Sport
from propcast.forecast.systems.registry import system_names
from propcast.pipeline.champion import CHAMPION
from propcast.pipeline.day import DayReport, run_day
from propcast.pipeline.grading import GradeReport, grade_day
from propcast.tables.raw import RAW_QUOTE_POLLS, RAW_QUOTES
from tests.league.nba import player_lines
from tests.pipeline.conftest import NBA_DAY, NOW

STEALS = Market("steals", Sport.NBA, ("stl",), ("player_steals",), (0.5, 6.5), 15, ((0.3, 1.1), (2, 1.2)), 6.0)
LINE = 1.5


@pytest.fixture
def with_steals(league_home: Backends, monkeypatch: pytest.MonkeyPatch) -> Backends:
    """The declaration, and quotes of the day: those of threes, at a line that steals have."""
    monkeypatch.setitem(MARKETS, STEALS.name, STEALS)
    today = [In("game_day", (NBA_DAY.date,)), In("market", ("threes",))]
    renamed = pl.lit(STEALS.name).alias("market")
    quotes = league_home.warehouse.read(RAW_QUOTES, today).unique(["event_id", "subject", "book"], keep="first")
    copied = quotes.with_columns(
        renamed, pl.lit(LINE).alias("line"), pl.concat_str("quote_id", pl.lit("-s")).alias("quote_id")
    )
    stamp = Stamp("steals", NOW)
    league_home.warehouse.write(RAW_QUOTES, copied, stamp)
    polls = league_home.warehouse.read(RAW_QUOTE_POLLS, today).with_columns(renamed)
    league_home.warehouse.write(RAW_QUOTE_POLLS, polls, stamp)
    return league_home


def test_the_declaration_is_found_by_name_sport_and_feed_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MARKETS, STEALS.name, STEALS)
    assert market("steals") is STEALS
    assert STEALS in markets_of(Sport.NBA)
    assert market_of_feed_key("player_steals") is STEALS


def test_a_declared_market_is_forecast_decided_and_graded(with_steals: Backends) -> None:
    day = run_day(with_steals, Sport.NBA, NBA_DAY)
    assert_every_system_answers_every_line(day, with_steals)
    assert_sums_close(grade_day(with_steals, Sport.NBA, NBA_DAY))


def assert_every_system_answers_every_line(day: DayReport, backends: Backends) -> None:
    """A forecast or a reason per quoted participant and line and system."""
    said = day.predictions.filter((pl.col("market") == "steals") & pl.col("is_quoted"))
    where = [In("game_day", (NBA_DAY.date,)), In("market", ("steals",))]
    quoted = set(backends.warehouse.read(RAW_QUOTES, where)["subject"])
    assert len(quoted) > 0
    for system in system_names(STEALS):
        own = said.filter(pl.col("system") == system)
        assert set(own["participant_id"]) == quoted
        assert set(own["line"]) == {LINE}
        assert own.filter((pl.col("status") != "forecast") & (pl.col("reasons").list.len() == 0)).is_empty()
    forecast = said.filter(pl.col("status") == "forecast")
    assert {"moving_average", "similarity", "market_implied", CHAMPION} <= set(forecast["system"])
    decided = day.decisions.filter(pl.col("market") == "steals")
    assert decided["prediction_id"].n_unique() == day.predictions.filter(pl.col("market") == "steals").height


def assert_sums_close(graded: GradeReport) -> None:
    """Quoted = forecast + abstained = settled + void; and the results are the league's steals."""
    sums = graded.sums.filter((pl.col("market") == "steals") & (pl.col("system") == CHAMPION)).row(0, named=True)
    assert sums["quoted"] == sums["forecast"] + sums["abstained"] == sums["settled"] + sums["void"]
    assert sums["settled"] > 0
    scores = graded.scores.filter((pl.col("market") == "steals") & (pl.col("system") == CHAMPION)).row(0, named=True)
    most = max(int(str(row["stl"])) for row in player_lines() if row["status"] == "played")
    assert 0 < scores["mae"] < most
