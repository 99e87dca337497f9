"""The simulated NBA schedule has the real one's counts and density."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from propcast.core.sport import Sport
from propcast.sources.simulated.league import League
from propcast.sources.simulated.nba.fixtures import TEAMS, home_games, matchups
from propcast.sources.simulated.nba.schedule import MOST_GAMES_A_DAY, schedule, season_days

YEARS = pytest.mark.parametrize("year", [2023, 2024, 2025])


def by_team(games: pl.DataFrame) -> pl.DataFrame:
    sides = [games.select("game_day", pl.col(side).alias("team")) for side in ("home", "away")]
    gap = (pl.col("game_day") - pl.col("game_day").shift(1).over("team")).dt.total_days()
    return pl.concat(sides).sort("team", "game_day").with_columns(gap=gap)


def test_every_team_plays_82_games_half_of_them_at_home() -> None:
    games = matchups(np.random.default_rng(1))
    assert games.shape == (1230, 2)
    assert np.bincount(games[:, 0]).tolist() == [41] * 30
    assert np.bincount(games[:, 1]).tolist() == [41] * 30


def test_conferences_meet_twice_and_divisions_four_times() -> None:
    """Boston: Philadelphia four times, Denver twice, Miami three or four times."""
    both = home_games(np.random.default_rng(2))
    meetings = both + both.T
    boston, others = TEAMS.index("BOS"), {name: TEAMS.index(name) for name in ("PHI", "DEN", "MIA")}
    assert meetings[boston, others["PHI"]] == 4
    assert meetings[boston, others["DEN"]] == 2
    assert meetings[boston, others["MIA"]] in (3, 4)
    assert sorted(set(meetings[boston].tolist())) == [0, 2, 3, 4]


@YEARS
def test_nobody_plays_twice_a_day_or_three_days_running(year: int) -> None:
    teams = by_team(schedule(League(Sport.NBA, 3), year))
    assert teams.height == 2460
    assert teams["gap"].drop_nulls().min() == 1
    running = teams.filter((pl.col("gap") == 1) & (pl.col("gap").shift(1).over("team") == 1))
    assert running.is_empty()


@YEARS
def test_density_is_that_of_the_real_league(year: int) -> None:
    games = schedule(League(Sport.NBA, 3), year)
    daily = games.group_by("game_day").len()["len"]
    assert (daily <= MOST_GAMES_A_DAY).all()
    assert 155 <= daily.len() <= 172
    assert 0.14 < (by_team(games)["gap"] == 1).sum() / 2460 < 0.26


def test_the_season_keeps_the_real_dates() -> None:
    days = season_days(2025)
    assert days[0] == date(2025, 10, 21)
    assert days[-1] == date(2026, 4, 12)
    assert not {date(2025, 11, 27), date(2025, 12, 24), date(2026, 2, 15)} & set(days)
    assert schedule(League(Sport.NBA, 3), 2025)["game_day"].is_in(days).mean() > 0.98  # type: ignore[operator]


def test_western_games_start_later() -> None:
    games = schedule(League(Sport.NBA, 3), 2025).filter(pl.col("game_day").dt.weekday() < 6)
    late = games.group_by("home").agg(pl.col("tip_off").mean()).sort("home")["tip_off"]
    assert late[TEAMS.index("LAL")] > late[TEAMS.index("BOS")] + 150
