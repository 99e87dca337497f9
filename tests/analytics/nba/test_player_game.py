"""`nba_player_game`: consistent rows, null did-not-plays, usage that adds up."""

from pathlib import Path

import polars as pl
import pytest

from propcast.analytics.nba.built import Built
from propcast.analytics.nba.player_game import SHOOTING, player_games
from propcast.tables.analytics import NBA_PLAYER_GAME
from propcast.tables.contract import split
from tests.league import nba
from tests.league.nba import League


def test_every_row_is_built_within_its_contract(league: League, players: Built) -> None:
    """Players of every game are there, did-not-plays included."""
    assert players.held.is_empty()
    assert players.frame.height == league.player_box.height
    assert split(NBA_PLAYER_GAME, players.frame).bad.is_empty()


@pytest.mark.proves("L40", "E6")
def test_a_did_not_play_is_null_never_zero(players: Built) -> None:
    """No statistic, no rate and no zone of who did not play."""
    absent = players.frame.filter(pl.col("participation") != "played")
    assert absent.height > 0
    for name in ("pts", "reb", "minutes_played", "usage_rate", "ra_fga", *SHOOTING):
        assert absent[name].null_count() == absent.height


def test_usage_adds_up_in_every_team_game(players: Built) -> None:
    """Σ usage·MIN over a team is 5·G·0.20, overtime included."""
    sums = (
        players.frame.filter(pl.col("event_id") != _slip_event(players))
        .group_by("event_id", "team")
        .agg((pl.col("usage_rate") * pl.col("minutes_played")).sum() / (5 * pl.col("game_minutes").first()))
    )
    assert (sums["usage_rate"] - 0.2).abs().max() < 1e-9  # type: ignore[operator]


def test_a_slip_loses_its_shooting_line_and_nothing_else(players: Built) -> None:
    """2·FGM + FG3M + FTM ≠ PTS nulls that row's shooting columns, with the reason; points and the game stay."""
    row = players.frame.filter(pl.col("shooting_null_reason") == "INCONSISTENT_SHOOTING")
    assert row["player_id"].to_list() == [601]
    assert all(row[name].null_count() == 1 for name in (*SHOOTING, "usage_rate", "ts_pct", "efg_pct"))
    assert row["pts"].null_count() == 0
    same_game = players.frame.filter(pl.col("event_id") == row["event_id"][0], pl.col("player_id") == 602)
    assert same_game["fga"].null_count() == 0


def test_a_game_whose_players_do_not_add_up_is_held_back(league: League, teams: Built) -> None:
    """Team points ≠ sum of players: the game waits, the others are built."""
    event = nba.games()[4].event_id
    wrong = pl.when((pl.col("event_id") == event) & (pl.col("status") == "played")).then(pl.col("pts") + 1)
    box = league.player_box.with_columns(wrong.otherwise("pts").alias("pts"))
    built = player_games(box, teams.frame, league.shots)
    assert built.held.select("event_id", "violations").rows() == [
        (event, ["players' points do not add up to the team's"])
    ]
    assert event not in built.frame["event_id"]
    assert built.frame["event_id"].n_unique() == len(nba.games()) - 1


def test_a_game_without_team_totals_is_held_back(league: League, teams: Built) -> None:
    """Players alone do not make a finished game."""
    event = nba.games()[4].event_id
    built = player_games(league.player_box, teams.frame.filter(pl.col("event_id") != event), league.shots)
    assert built.held["violations"].to_list() == [["no team totals"]]


def test_a_game_without_player_rows_is_no_violation(teams: Built, players: Built) -> None:
    """The Cup final has team rows only."""
    assert nba.CUP_FINAL in teams.frame["event_id"]
    assert nba.CUP_FINAL not in players.frame["event_id"]


def test_team_is_a_property_of_the_game(players: Built) -> None:
    """A traded player has his old team in old rows."""
    teams_of = (
        players.frame.filter(pl.col("player_id") == nba.TRADED).sort("game_day")["team"].unique(maintain_order=True)
    )
    assert teams_of.to_list() == ["BOS", "DEN"]


def test_length_of_a_game_falls_back_on_its_players(league: League, teams: Built) -> None:
    """Where the team's minutes are missing, the players' sum tells overtime."""
    blank = teams.frame.with_columns(pl.lit(None, pl.Float64()).alias("game_minutes"))
    built = player_games(league.player_box, blank, league.shots).frame
    expected = player_games(league.player_box, teams.frame, league.shots).frame
    assert built["game_minutes"].equals(expected["game_minutes"])


@pytest.mark.history
def test_usage_adds_up_on_real_games(history: Path) -> None:
    """Σ usage·MIN = 5·G·(.20 ± .002) wherever both boxes are complete."""
    box = pl.read_parquet(history / "nba_player_box.parquet").filter(pl.col("season") == "2024-25")
    team = pl.read_parquet(history / "nba_team_box.parquet").filter(pl.col("season") == "2024-25")
    from propcast.analytics.nba.box_score import game_minutes, overtime_periods, plays, usage

    g = game_minutes(overtime_periods(pl.col("minutes"))).alias("game_minutes")
    sides = team.select("game_id", "team", plays().cast(pl.Float64).alias("team_plays"), g)
    rows = box.join(sides, on=["game_id", "team"]).with_columns(
        pl.col("minutes_exact").cast(pl.Float64).alias("minutes_played")
    )
    sums = (
        rows.with_columns(usage().alias("usage_rate"))
        .group_by("game_id", "team")
        .agg((pl.col("usage_rate") * pl.col("minutes_played")).sum() / (5 * pl.col("game_minutes").first()))
    )
    assert sums.height > 2400
    off = sums.filter((pl.col("usage_rate") - 0.2).abs() > 0.002)
    assert off.height < 0.001 * sums.height


def _slip_event(players: Built) -> str:
    event: str = players.frame.filter(pl.col("shooting_null_reason") == "INCONSISTENT_SHOOTING")["event_id"][0]
    return event
