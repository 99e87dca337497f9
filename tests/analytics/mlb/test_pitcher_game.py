"""One row per pitcher and game; a start is a start however it went."""

from datetime import timedelta

import polars as pl
import pytest

from propcast.analytics.mlb.pitcher_game import pitcher_games
from propcast.tables.analytics import MLB_PITCHER_GAME
from propcast.tables.contract import split
from tests.league import mlb
from tests.league.mlb import mlb_league


def games() -> pl.DataFrame:
    return pitcher_games(mlb_league().pitcher_games)


def test_pitcher_games_obey_their_table() -> None:
    assert games().height == mlb_league().pitcher_games.height
    assert split(MLB_PITCHER_GAME, games()).bad.is_empty()


@pytest.mark.proves("L35")
def test_a_three_batter_start_is_a_start_and_not_filtered() -> None:
    opener = games().filter(pl.col("player_id") == mlb.OPENER, pl.col("batters_faced") == 3)
    assert opener["role"].to_list() == ["starter"]


def test_the_long_man_behind_an_opener_is_bulk() -> None:
    behind = games().join(games().filter(pl.col("batters_faced") == 3), on=["event_id", "team"], how="semi")
    assert sorted(behind["role"]) == ["bulk", "starter"]


def test_a_short_relief_outing_is_relief() -> None:
    assert games().filter(pl.col("player_id") == mlb.STRANGER)["role"].to_list() == ["reliever"]


def test_the_park_is_the_home_teams_and_unknown_without_a_side() -> None:
    home, away = games().filter("is_home"), games().filter(~pl.col("is_home"))
    assert home["park"].equals(home["team"], check_names=False)
    assert away["park"].equals(away["opponent"], check_names=False)
    unsided = mlb_league().pitcher_games.head(1).with_columns(is_home=pl.lit(None, pl.Boolean()))
    assert pitcher_games(unsided)["park"].to_list() == [None]


def test_rest_counts_days_between_appearances_and_restarts_with_the_season() -> None:
    own = games().filter(pl.col("player_id") == 1001).sort("game_day")
    first = own.group_by("season", maintain_order=True).first()
    assert first["days_rest"].to_list() == [None, None]
    gaps = own.filter(pl.col("season") == "2025")["game_day"].diff().dt.total_days().drop_nulls() - 1
    rest = own.filter(pl.col("season") == "2025")["days_rest"].drop_nulls()
    assert rest.to_list() == gaps.to_list()


def test_both_games_of_a_doubleheader_rest_since_the_day_before() -> None:
    own = mlb_league().pitcher_games.filter(pl.col("pitcher_id") == 1001, pl.col("season") == "2025").head(2)
    second = own.tail(1).with_columns(event_id=pl.lit("mlb:z"))
    assert pitcher_games(pl.concat([own, second]))["days_rest"].to_list() == [None, 7, 7]


def test_the_newest_state_of_a_row_counts() -> None:
    raw = mlb_league().pitcher_games
    later = raw.head(1).with_columns(
        strikeouts=pl.lit(0, pl.Int64()), observed_at=pl.col("observed_at") + timedelta(days=1)
    )
    corrected = pitcher_games(pl.concat([later, raw]))
    assert corrected.height == raw.height
    key = (pl.col("event_id") == later["event_id"][0]) & (pl.col("player_id") == later["pitcher_id"][0])
    assert corrected.filter(key)["strikeouts"].to_list() == [0]


@pytest.mark.proves("L34")
def test_a_missing_hand_is_filled_from_earlier_games_never_from_later_ones() -> None:
    own = mlb_league().pitcher_games.filter(pl.col("pitcher_id") == 1001).sort("game_day").head(3)
    hands = pl.Series("throws", [None, "R", None], dtype=pl.String())
    assert pitcher_games(own.with_columns(hands))["throws"].to_list() == [None, "R", "R"]


@pytest.mark.proves("L40")
def test_a_pitcher_who_retired_nobody_he_faced_has_no_rate_without_batters() -> None:
    nobody = (
        mlb_league()
        .pitcher_games.head(1)
        .with_columns(pl.lit(0, pl.Int64()).alias(name) for name in ("batters_faced", "strikeouts", "outs"))
    )
    assert pitcher_games(nobody)["k_pct"].to_list() == [None]
