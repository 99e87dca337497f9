"""Who plays whom: 82 games a team, against division, conference and the others as in the real league."""

import numpy as np

from propcast.core.arrays import IntArray
from propcast.core.sport import Sport
from propcast.core.teams import teams_of

TEAMS = tuple(team.abbr for team in teams_of(Sport.NBA))
_DIVISIONS = (
    ("BKN", "BOS", "NYK", "PHI", "TOR"),
    ("CHI", "CLE", "DET", "IND", "MIL"),
    ("ATL", "CHA", "MIA", "ORL", "WAS"),
    ("DEN", "MIN", "OKC", "POR", "UTA"),
    ("GSW", "LAC", "LAL", "PHX", "SAC"),
    ("DAL", "HOU", "MEM", "NOP", "SAS"),
)
_NUMBERS = [[TEAMS.index(team) for team in division] for division in _DIVISIONS]
_CONFERENCE_DIVISIONS = ((0, 1), (0, 2), (1, 2), (3, 4), (3, 5), (4, 5))


def matchups(rng: np.random.Generator) -> IntArray:
    """Return every game of a season as (home, away), shape (1230, 2): 41 at home for each of the thirty teams.

    Four games with each of the division, three or four with each other team of the conference, two with the rest.
    """
    at_home = home_games(rng)
    home, away = np.nonzero(at_home)
    pairs = np.stack([home, away], axis=1).astype(np.int64)
    return np.repeat(pairs, at_home[home, away], axis=0)


def home_games(rng: np.random.Generator) -> IntArray:
    """Return how often the row's team plays at home against the column's team, shape (30, 30)."""
    counts = np.ones((len(TEAMS), len(TEAMS)), dtype=np.int64)
    for division in _NUMBERS:
        counts[np.ix_(division, division)] = 2
    for first, second in _CONFERENCE_DIVISIONS:
        shift = int(rng.integers(5))
        for i, team in enumerate(_NUMBERS[first]):
            for j, other in enumerate(_NUMBERS[second]):
                counts[team, other], counts[other, team] = _shared((j - i + shift) % 5)
    np.fill_diagonal(counts, 0)
    return counts


def _shared(offset: int) -> tuple[int, int]:
    """Home games of the one and of the other: two pairs in five meet three times only."""
    return {0: (2, 1), 1: (1, 2)}.get(offset, (2, 2))
