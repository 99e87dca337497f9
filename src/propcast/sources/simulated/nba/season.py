"""One simulated NBA season: everything true about it and everything that happened, before anybody wrote it down."""

from dataclasses import dataclass

import polars as pl

from propcast.sources.simulated.careers import People
from propcast.sources.simulated.health import health
from propcast.sources.simulated.league import League, first_year
from propcast.sources.simulated.nba.games import Games, games_of
from propcast.sources.simulated.nba.play import Outcome, play
from propcast.sources.simulated.nba.players import PLAYER, players_in, skills, team_traits
from propcast.sources.simulated.nba.rates import Rates, rates
from propcast.sources.simulated.nba.rotation import Rotation, rotation
from propcast.sources.simulated.nba.schedule import schedule
from propcast.sources.simulated.nba.squads import squads


@dataclass(frozen=True)
class NbaSeason:
    """A season as arrays; `schedule` has the games in the same order."""

    league: League
    season: str
    schedule: pl.DataFrame
    games: Games
    players: People
    who: Rotation
    rates: Rates
    outcome: Outcome


def nba_season(league: League, season: str) -> NbaSeason:
    """Return the whole season, the same one whatever else is asked for."""
    year = first_year(season)
    fixtures = schedule(league, year)
    games, players = games_of(fixtures), players_in(league, year)
    people = skills(players)
    members = squads(league, year, people.standing).on(games.days[:, None], games.sides)
    fitness = health(league, PLAYER.name, year, PLAYER.places, int(games.day_index.max()) + 1)
    who = rotation(league, year, games, members, fitness)
    true_rates = rates(league, year, games, who, people, team_traits(league, year))
    outcome = play(true_rates, who, people, league.stream("play", year))
    return NbaSeason(league, season, fixtures, games, players, who, true_rates, outcome)
