"""`nba_team_game`: complete games only, both sides' possessions, real rest and travel."""

from datetime import timedelta

import polars as pl
import pytest

from propcast.analytics.nba.built import Built
from propcast.analytics.nba.team_game import team_games
from propcast.tables.analytics import NBA_TEAM_GAME
from propcast.tables.contract import split
from tests.league import nba
from tests.league.nba import League


def test_every_complete_game_is_built_within_its_contract(league: League, teams: Built) -> None:
    """Each box row becomes one row that obeys the table."""
    assert teams.frame.height == league.team_box.height
    assert teams.held.is_empty()
    assert split(NBA_TEAM_GAME, teams.frame).bad.is_empty()


@pytest.mark.parametrize(("key", "periods"), nba.OVERTIME.items())
def test_overtime_lengthens_the_game_of_the_pace(teams: Built, key: tuple[int, int, int], periods: int) -> None:
    """Pace is per 48 minutes of the minutes actually played."""
    game = next(g for g in nba.games() if (g.season, g.round, g.number) == key)
    row = teams.frame.filter(pl.col("event_id") == game.event_id).row(0, named=True)
    assert row["overtime_periods"] == periods
    assert row["game_minutes"] == 48 + 5 * periods
    assert row["pace"] == pytest.approx(48 * row["possessions"] / row["game_minutes"])


def test_both_sides_share_possessions(teams: Built) -> None:
    """The game value is the mean of both teams, so one side's offence is the other's defence."""
    rows = teams.frame
    other = rows.select("event_id", pl.col("team").alias("opponent"), "possessions", "off_rating")
    both = rows.join(other, on=["event_id", "opponent"])
    assert (both["possessions"] == both["possessions_right"]).all()
    assert both["def_rating"].to_list() == pytest.approx(both["off_rating_right"].to_list())


def test_a_game_with_one_side_is_held_back_and_others_go_on(league: League) -> None:
    """One box of two is not a finished game."""
    event = nba.games()[3].event_id
    one_side = league.team_box.filter((pl.col("event_id") != event) | pl.col("is_home"))
    built = team_games(one_side, league.schedule, league.shots)
    assert built.held["event_id"].to_list() == [event]
    assert built.held["violations"].to_list() == [["only one team has a box"]]
    assert built.frame.height == league.team_box.height - 2


def test_a_game_the_schedule_calls_live_waits(league: League) -> None:
    """Only finals are built."""
    event = nba.games()[0].event_id
    live = pl.when(pl.col("event_id") == event).then(pl.lit("live")).otherwise("status")
    built = team_games(league.team_box, league.schedule.with_columns(live.alias("status")), league.shots)
    assert built.held["event_id"].to_list() == [event]


def test_scores_that_disagree_hold_the_game_back(league: League) -> None:
    """A box whose opponent's points differ from the opponent's own box is wrong somewhere."""
    event = nba.games()[7].event_id
    wrong = pl.when((pl.col("event_id") == event) & pl.col("is_home")).then(pl.col("opp_pts") + 1).otherwise("opp_pts")
    built = team_games(league.team_box.with_columns(wrong.alias("opp_pts")), league.schedule, league.shots)
    assert built.held["violations"].to_list() == [["the two boxes disagree on the score"]]


def test_rest_counts_idle_days_and_restarts_with_the_season(teams: Built) -> None:
    """A back-to-back is 0; the first game of a season has none; the Cup final counts."""
    boston = teams.frame.filter(pl.col("team") == "BOS").sort("game_day")
    days = boston["game_day"].to_list()
    expected = [
        (day - before).days - 1 if season == last else None
        for day, before, season, last in zip(
            days, [days[0], *days], boston["season"], [None, *boston["season"]], strict=False
        )
    ]
    assert boston["rest_days"].to_list() == expected
    assert 0 in expected
    after_final = teams.frame.filter(
        pl.col("team") == "NYK", pl.col("game_day") > nba.cup_final_day(), pl.col("season") == "2024-25"
    ).sort("game_day")
    first = after_final.row(0, named=True)
    assert first["rest_days"] == (first["game_day"] - nba.cup_final_day() - timedelta(days=1)).days


def test_travel_is_between_arenas(teams: Built) -> None:
    """A season starts at home, a home stand is 0 km, and fewer than 60 % of all trips are 0."""
    rows = teams.frame.sort("team", "game_day")
    opening = rows.filter(pl.col("rest_days").is_null(), pl.col("is_home"))
    assert (opening["travel_km"] == 0).all()
    assert rows.filter(pl.col("travel_km") == 0).height < 0.6 * rows.height
    away_opening = rows.filter(pl.col("rest_days").is_null(), ~pl.col("is_home"), pl.col("team") == "LAL")
    assert (away_opening["travel_km"] > 1000).all()


def test_neutral_site_is_home_to_nobody(teams: Built) -> None:
    """`is_home` is false for both teams of the Cup final."""
    assert teams.frame.filter(pl.col("event_id") == nba.CUP_FINAL)["is_home"].to_list() == [False, False]


def test_zones_leave_out_heaves_and_swap_sides(league: League, teams: Built) -> None:
    """A team's allowed attempts are its opponent's own; backcourt shots are in no zone."""
    game = teams.frame.filter(pl.col("event_id") == nba.games()[0].event_id).sort("is_home")
    away, home = game.to_dicts()
    assert home["opp_mid_fga"] == away["mid_fga"]
    zoned = sum(home[f"{z}_fga"] for z in ("ra", "paint", "mid", "corner3", "above3"))
    heaves = league.shots.filter(
        pl.col("event_id") == home["event_id"], pl.col("team") == home["team"], pl.col("zone") == "backcourt"
    ).height
    assert zoned + heaves == home["fga"]


def test_the_newest_box_wins(league: League) -> None:
    """A correction observed later replaces the row, whatever the order of the input."""
    old = league.team_box.with_columns(
        pl.col("observed_at") - timedelta(hours=1), pl.lit(1).cast(pl.Int64).alias("tov")
    )
    built = team_games(pl.concat([league.team_box, old]), league.schedule, league.shots)
    assert built.frame.equals(team_games(league.team_box, league.schedule, league.shots).frame)
