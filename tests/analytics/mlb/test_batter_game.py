"""One row per batter and game, split by the hand he faced."""

import polars as pl
import pytest

from propcast.analytics.mlb.batter_game import batter_games
from propcast.tables.analytics import MLB_BATTER_GAME
from propcast.tables.contract import split
from propcast.tables.raw import RAW_MLB_PLATE_APPEARANCES
from tests.league.mlb import mlb_league


def test_batter_games_obey_their_table() -> None:
    games = batter_games(mlb_league().batter_games, mlb_league().plate_appearances)
    assert split(MLB_BATTER_GAME, games).bad.is_empty()


def test_the_two_hands_add_up_to_the_whole() -> None:
    games = batter_games(mlb_league().batter_games, mlb_league().plate_appearances)
    assert games.select((pl.col("pa") == pl.col("pa_vs_lhp") + pl.col("pa_vs_rhp")).all()).item()
    assert games.select((pl.col("k") == pl.col("k_vs_lhp") + pl.col("k_vs_rhp")).all()).item()


@pytest.mark.proves("L40")
def test_the_split_is_null_where_plate_appearances_are_unknown_and_zero_where_a_hand_was_not_faced() -> None:
    raw, plays = mlb_league().batter_games.head(40), mlb_league().plate_appearances
    unknown = batter_games(raw, RAW_MLB_PLATE_APPEARANCES.empty())
    assert unknown["pa_vs_lhp"].null_count() == unknown.height
    known = batter_games(raw, plays)
    unfaced = known.filter(pl.col("pa") == pl.col("pa_vs_rhp"))
    assert unfaced.height > 0
    assert unfaced["k_vs_lhp"].to_list() == [0] * unfaced.height
