"""One row per batting team and game: what the opposing starter did to it."""

import polars as pl

from propcast.analytics.mlb.team_game import team_games
from propcast.tables.analytics import MLB_TEAM_GAME
from propcast.tables.contract import split
from tests.league import mlb
from tests.league.mlb import mlb_league


def test_team_games_obey_their_table_and_count_starters_only() -> None:
    games = team_games(mlb_league().pitcher_games)
    starts = mlb_league().pitcher_games.filter("is_starter")
    assert split(MLB_TEAM_GAME, games).bad.is_empty()
    assert games["k_vs_starter"].sum() == starts["strikeouts"].sum()
    assert games["pa_vs_starter"].sum() == starts["batters_faced"].sum()


def test_the_row_belongs_to_the_team_that_batted() -> None:
    start = mlb_league().pitcher_games.filter("is_starter").row(0, named=True)
    faced = team_games(mlb_league().pitcher_games).row(
        by_predicate=(pl.col("event_id") == start["event_id"]) & (pl.col("team") == start["opponent"]), named=True
    )
    assert (faced["opponent"], faced["k_vs_starter"]) == (start["team"], start["strikeouts"])


def test_an_unknown_hand_stays_unknown() -> None:
    raw = mlb_league().pitcher_games.filter(pl.col("pitcher_id") == mlb.HAND_UNKNOWN)
    assert team_games(raw)["starter_throws"].null_count() == raw.height


def test_a_game_whose_two_starters_are_listed_for_one_team_says_nothing_about_either() -> None:
    game = mlb_league().pitcher_games.head(2).with_columns(team=pl.lit("ASH"), opponent=pl.lit("BAY"))
    assert team_games(game).is_empty()
