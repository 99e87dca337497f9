"""The simulated MLB schedule: series, postponements and doubleheaders."""

import polars as pl
import pytest

from propcast.core.sport import Sport
from propcast.core.teams import Roof, teams_of
from propcast.sources.simulated.league import League
from propcast.sources.simulated.mlb.schedule import GAMES, schedule


@pytest.fixture
def games() -> pl.DataFrame:
    return schedule(League(Sport.MLB, 3), 2025)


def by_team(games: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([games.select("game_day", "number", pl.col(side).alias("team")) for side in ("home", "away")])


@pytest.mark.parametrize("year", [2023, 2024, 2025, 2026])
def test_every_team_plays_162_games_about_half_of_them_at_home(year: int) -> None:
    played = schedule(League(Sport.MLB, 3), year).filter(~pl.col("is_postponed"))
    assert by_team(played).group_by("team").len()["len"].to_list() == [GAMES] * 30
    assert played.group_by("home").len()["len"].is_between(75, 87).all()


def test_nobody_plays_three_times_a_day_nor_twice_without_a_number(games: pl.DataFrame) -> None:
    teams = by_team(games.filter(~pl.col("is_postponed")))
    assert not teams.is_duplicated().any()
    assert teams.group_by("team", "game_day").len()["len"].max() == 2


def test_rain_postpones_to_the_next_day_where_two_games_are_played(games: pl.DataFrame) -> None:
    rained = games.filter("is_postponed")
    again = rained.with_columns(pl.col("game_day").dt.offset_by("1d")).select("game_day", "home", "away")
    twice = games.filter(pl.col("number") == 2)
    assert 15 < rained.height < 60
    assert again.join(twice, on=again.columns, how="anti").is_empty()
    first = games.filter(pl.col("number") == 1, ~pl.col("is_postponed"))
    both = twice.join(first, on=["game_day", "home", "away"], suffix="_first", validate="1:1")
    assert both.height == twice.height
    assert (both["starts"] - both["starts_first"] >= 240).all()


def test_it_rains_in_open_parks_only(games: pl.DataFrame) -> None:
    roofs = [team.roof for team in teams_of(Sport.MLB)]
    assert {roofs[home] for home in games.filter("is_postponed")["home"].to_list()} == {Roof.OPEN}


def test_density_is_that_of_the_real_league(games: pl.DataFrame) -> None:
    daily = games.group_by("game_day").len()["len"]
    assert 12 < daily.mean() < 14.5  # type: ignore[operator]
    assert 178 <= daily.len() <= 188
