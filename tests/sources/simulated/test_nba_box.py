"""Simulated NBA boxes obey every identity that the tables and the analytics check."""

import numpy as np
import polars as pl
import pytest

from propcast.analytics.nba.player_game import player_games
from propcast.analytics.nba.team_game import team_games
from propcast.core.sport import Sport
from propcast.sources.simulated.nba.box_lines import seconds_played
from propcast.tables import raw
from propcast.tables.contract import split
from tests.sources.simulated.worlds import TODAY, Told, told

GAME = ["event_id", "team"]


@pytest.fixture
def world() -> Told:
    return told(Sport.NBA)


def test_shooting_lines_add_up_to_points(world: Told) -> None:
    played = world.latest(raw.RAW_NBA_PLAYER_BOX).filter(pl.col("status") == "played")
    assert played.height > 20_000
    assert (played["pts"] == 2 * played["fgm"] + played["fg3m"] + played["ftm"]).all()
    assert (played["reb"] == played["oreb"] + played["dreb"]).all()
    for made, tried in (("fgm", "fga"), ("fg3m", "fg3a"), ("ftm", "fta"), ("fg3m", "fgm"), ("fg3a", "fga")):
        assert (played[made] <= played[tried]).all()


def test_teams_are_the_sums_of_their_players(world: Told) -> None:
    counts = [
        "pts",
        "fgm",
        "fga",
        "fg3m",
        "fg3a",
        "ftm",
        "fta",
        "oreb",
        "dreb",
        "reb",
        "ast",
        "stl",
        "blk",
        "tov",
        "pf",
    ]
    sums = world.latest(raw.RAW_NBA_PLAYER_BOX).group_by(GAME).agg(pl.col(counts).sum())
    teams = world.latest(raw.RAW_NBA_TEAM_BOX).select(*GAME, *counts)
    assert sums.sort(GAME).equals(teams.sort(GAME))


def test_minutes_fill_the_game(world: Told) -> None:
    played = world.latest(raw.RAW_NBA_PLAYER_BOX).filter(pl.col("status") == "played")
    sums = played.group_by(GAME).agg(pl.col("minutes_played").sum(), pl.col("is_starter").sum().alias("starters"))
    joined = sums.join(world.latest(raw.RAW_NBA_TEAM_BOX).select(*GAME, "minutes"), on=GAME)
    assert ((joined["minutes_played"] - joined["minutes"]).abs() < 1e-9).all()
    assert set(joined["minutes"]) == {240, 265}
    assert joined["starters"].unique().to_list() == [5]
    assert played["minutes_played"].max() <= 48  # type: ignore[operator]
    assert played["minutes_played"].min() > 0  # type: ignore[operator]


def test_shots_are_those_of_the_box(world: Told) -> None:
    shots = world.latest(raw.RAW_NBA_SHOTS)
    three = pl.col("points") == 3
    counted = shots.group_by("event_id", "player_id").agg(
        pl.col("made").sum().cast(pl.Int64).alias("fgm"),
        pl.len().cast(pl.Int64).alias("fga"),
        (three & pl.col("made")).sum().cast(pl.Int64).alias("fg3m"),
        three.sum().cast(pl.Int64).alias("fg3a"),
    )
    shooters = world.latest(raw.RAW_NBA_PLAYER_BOX).filter(pl.col("fga") > 0).select(counted.columns)
    assert counted.sort("event_id", "player_id").equals(shooters.sort("event_id", "player_id"))


def test_both_boxes_and_the_schedule_agree_and_nobody_draws(world: Told) -> None:
    final = world.latest(raw.RAW_NBA_SCHEDULE).filter(pl.col("status") == "final")
    home = world.latest(raw.RAW_NBA_TEAM_BOX).filter("is_home").join(final, on="event_id", validate="1:1")
    assert home.height == final.height
    assert ((home["pts"] == home["home_pts"]) & (home["opp_pts"] == home["away_pts"])).all()
    assert (home["pts"] != home["opp_pts"]).all()
    assert (home["won"] == (home["pts"] > home["opp_pts"])).all()
    assert ((home["periods"] == 5) == (home["minutes"] == 265)).all()


def test_the_analytics_hold_nothing_back_and_usage_averages_a_fifth(world: Told) -> None:
    shots = world.latest(raw.RAW_NBA_SHOTS)
    teams = team_games(world.latest(raw.RAW_NBA_TEAM_BOX), world.latest(raw.RAW_NBA_SCHEDULE), shots)
    players = player_games(world.latest(raw.RAW_NBA_PLAYER_BOX), teams.frame, shots)
    assert teams.held.is_empty()
    assert players.held.is_empty()
    assert players.frame.filter(pl.col("shooting_null_reason") == "INCONSISTENT_SHOOTING").is_empty()
    of_team = (
        players.frame.filter(pl.col("participation") == "played")
        .group_by(GAME)
        .agg((pl.col("usage_rate") * pl.col("minutes_played")).sum() / (5 * pl.col("game_minutes").first()))
    )
    assert ((of_team["usage_rate"] - 0.2).abs() < 0.002).all()
    for table, frame in ((raw.RAW_NBA_TEAM_BOX, teams.frame), (raw.RAW_NBA_PLAYER_BOX, players.frame)):
        assert frame["event_id"].n_unique() == world.latest(table)["event_id"].n_unique()


def test_absences_have_reasons_and_no_statistics(world: Told) -> None:
    absent = world.latest(raw.RAW_NBA_PLAYER_BOX).filter(pl.col("status") != "played")
    assert set(absent["status"]) == {"dnp", "inactive"}
    assert absent["dnp_reason"].null_count() == 0
    assert absent["pts"].null_count() == absent.height


def test_players_are_traded_and_stay_for_good(world: Told) -> None:
    """A traded player's team is that of the game row, and he does not go back and forth."""
    box = world.latest(raw.RAW_NBA_PLAYER_BOX).sort("game_day", "event_id")
    teams = box.group_by("player_id").agg(pl.col("team").rle_id().max().alias("moves"), pl.col("team").n_unique())
    moved = teams.filter(pl.col("team") > 1)
    assert 10 <= moved.height <= 28
    assert (moved["moves"] <= 3).all()


def test_corrections_come_later_and_change_little(world: Told) -> None:
    first, later = world.states(raw.RAW_NBA_PLAYER_BOX)
    both = later.join(first, on=["event_id", "player_id"], suffix="_first", validate="1:1")
    assert 5 < both.height == later.height < 100
    assert (both["ast"] == both["ast_first"] + 1).all()
    assert (both["observed_at"] > both["observed_at_first"]).all()
    assert (both["pts"] == both["pts_first"]).all()
    corrected_teams = world.states(raw.RAW_NBA_TEAM_BOX)[1]
    assert set(corrected_teams["event_id"]) == set(later["event_id"])


def test_season_zones_are_told_when_the_season_is_over(world: Told) -> None:
    assert world.latest(raw.RAW_NBA_SHOT_ZONES_SEASON).is_empty()
    assert world.latest(raw.RAW_NBA_PLAYER_BOX)["game_day"].max() < TODAY[Sport.NBA]  # type: ignore[operator]


def test_every_row_obeys_its_table(world: Told) -> None:
    for table, frame in world.feed.told:
        assert split(table, frame).bad.is_empty(), table.name


def test_minutes_add_up_even_when_five_play_the_whole_game() -> None:
    """Nobody can play more than the game, and somebody with a tiny share still plays."""
    shares = np.zeros((2, 2, 7))
    shares[0, :, :5] = [0.5, 0.3, 0.1, 0.06, 0.04]
    shares[1] = [0.30, 0.25, 0.2, 0.15, 0.0999, 0.0001, 0.0]
    seconds = seconds_played(shares, np.array([False, True]))
    assert seconds[0, 0].tolist() == [48 * 60] * 5 + [0, 0]
    assert seconds[1].sum(axis=-1).tolist() == [265 * 60] * 2
    assert seconds[1].max() <= 48 * 60
    assert (seconds[1, 0, :6] > 0).all()
    assert seconds[1, 0, 6] == 0
