"""The features on real seasons: plausible, reproducible, and blind to what history cannot tell."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from propcast.analytics.nba.events import nba_events
from propcast.analytics.nba.player_game import player_games
from propcast.analytics.nba.team_game import team_games
from propcast.core.markets import market
from propcast.precompute.guards import check_slate
from propcast.precompute.nba.features import nba_features
from propcast.precompute.nba.grid import scored_contexts
from propcast.precompute.nba.inputs import HISTORY_SEASONS, NbaInputs
from propcast.sources.history.nba_box import read_player_box, read_schedule, read_shot_zones, read_team_box
from propcast.tables.features import NBA_FEATURES
from propcast.tables.raw import RAW_NBA_SHOTS, RAW_VENDOR_EVENTS

pytestmark = pytest.mark.history

POINTS, SEASON, EVENING = market("points"), "2024-25", date(2024, 12, 23)
DONCIC = 1629029


@pytest.fixture(scope="module")
def real(history: Path) -> tuple[NbaInputs, pl.DataFrame]:
    """Six seasons, and the contexts of who played in 2024-25."""
    recent = pl.col("season") >= "2019-20"
    readers = {
        "nba_player_box": read_player_box,
        "nba_team_box": read_team_box,
        "nba_schedule": read_schedule,
        "nba_shot_zones_season": read_shot_zones,
    }
    raw = {
        name: read(pl.read_parquet(history / f"{name}.parquet").filter(recent)).rows.good
        for name, read in readers.items()
    }
    shots = RAW_NBA_SHOTS.empty()
    teams = team_games(raw["nba_team_box"], raw["nba_schedule"], shots)
    players = player_games(raw["nba_player_box"], teams.frame, shots)
    assert teams.held.is_empty()
    assert players.held.is_empty()
    events = nba_events(raw["nba_team_box"], raw["nba_schedule"], RAW_VENDOR_EVENTS.empty())
    contexts = scored_contexts(players.frame, events).filter(pl.col("season") == SEASON)
    return NbaInputs(players.frame, teams.frame, raw["nba_shot_zones_season"]), contexts


@pytest.fixture(scope="module")
def season(real: tuple[NbaInputs, pl.DataFrame]) -> pl.DataFrame:
    inputs, contexts = real
    return nba_features(POINTS, contexts, inputs)


def test_a_season_lies_inside_every_range(season: pl.DataFrame) -> None:
    """26,306 regular and 1,804 playoff rows, none out of range; no slate has a constant that must vary."""
    checked = check_slate(NBA_FEATURES, season)
    assert (checked.good.height, checked.bad.height) == (28_110, 0)


@pytest.mark.proves("E2", "L42")
def test_one_evening_from_four_seasons_equals_the_backfill(
    real: tuple[NbaInputs, pl.DataFrame], season: pl.DataFrame
) -> None:
    """The day's features need its own and three earlier seasons: more history changes no bit."""
    inputs, contexts = real
    first = f"{int(SEASON[:4]) - HISTORY_SEASONS + 1}"
    known = (pl.col("season") >= first) & (pl.col("game_day") < EVENING)
    enough = NbaInputs(inputs.player_games.filter(known), inputs.team_games.filter(known), inputs.zones_season)
    alone = nba_features(POINTS, contexts.filter(pl.col("game_day") == EVENING), enough)
    assert alone.height > 250
    assert_frame_equal(alone, season.filter(pl.col("game_day") == EVENING), check_exact=True)


def test_known_values(real: tuple[NbaInputs, pl.DataFrame], season: pl.DataFrame) -> None:
    """Dončić before 2024-12-23: last five, season mean and games, from his own rows."""
    inputs, _ = real
    rows = inputs.player_games.filter(
        pl.col("player_id") == DONCIC, pl.col("season") == SEASON, pl.col("game_day") < EVENING
    ).sort("game_day")
    found = season.row(by_predicate=(pl.col("player_id") == DONCIC) & (pl.col("game_day") == EVENING), named=True)
    assert found["games_played_season"] == rows.height
    assert found["stat_avg_season"] == pytest.approx(rows["pts"].mean(), rel=1e-5)
    assert found["stat_avg_l5"] == pytest.approx(rows["pts"].tail(5).mean(), rel=1e-5)


def test_typical_values(season: pl.DataFrame) -> None:
    """Usage .20, true shooting .576, pace 100, few zero trips: the league as it is."""
    regulars = season.filter(pl.col("minutes_avg_l10") >= 20).select(
        pl.col("usage_l10", "ts_l10", "team_pace", "opp_def_rating", "pace_factor").mean(),
        (pl.col("travel_km") == 0).mean().alias("at_rest"),
    )
    found = regulars.row(0, named=True)
    assert found["usage_l10"] == pytest.approx(0.205, abs=0.02)
    assert found["ts_l10"] == pytest.approx(0.576, abs=0.02)
    assert found["team_pace"] == pytest.approx(100, abs=2)
    assert found["opp_def_rating"] == pytest.approx(113.5, abs=2)
    assert found["pace_factor"] == pytest.approx(1, abs=0.005)
    assert 0.15 < found["at_rest"] < 0.6


@pytest.mark.proves("L40")
def test_what_history_cannot_tell_is_null(season: pl.DataFrame) -> None:
    """No starters, no defence by zone; last season's zones for two thirds of the players or more."""
    assert season["start_rate_l10"].null_count() == season["zone_matchup"].null_count() == season.height
    assert 0 < season["share_ra"].null_count() < season.height / 3
