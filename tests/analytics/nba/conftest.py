"""The fictional league, built once."""

import pytest

from propcast.analytics.nba.built import Built
from propcast.analytics.nba.player_game import player_games
from propcast.analytics.nba.team_game import team_games
from tests.league.nba import League, nba_league


@pytest.fixture(scope="session")
def league() -> League:
    return nba_league()


@pytest.fixture(scope="session")
def teams(league: League) -> Built:
    return team_games(league.team_box, league.schedule, league.shots)


@pytest.fixture(scope="session")
def players(league: League, teams: Built) -> Built:
    return player_games(league.player_box, teams.frame, league.shots)
