"""One simulated league: its seed, which copy of it this is, and how its keys are written."""

from dataclasses import dataclass

import numpy as np

from propcast.core.errors import InputError
from propcast.core.identity import short_hash
from propcast.core.provenance import EVENT_MARK
from propcast.core.sport import Sport
from propcast.core.teams import COPY_MARK, teams_of

FIRST_SEASON = 2010
"""First year for which a season can be simulated: careers are replayed from an epoch some years earlier."""

LAST_COPY = 499


@dataclass(frozen=True)
class League:
    """A league of thirty teams; further copies beside the first have its schedule and people of their own.

    Every random number comes from `stream`, so that a part of the league never depends on how much else is asked for.
    """

    sport: Sport
    seed: int
    copy: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.copy <= LAST_COPY:
            raise InputError(f"a slate can be scaled up to {LAST_COPY + 1} times, not {self.copy + 1} times")

    def stream(self, *purpose: object) -> np.random.Generator:
        """Return the generator of one purpose; the same purpose gives the same numbers."""
        digest = short_hash(self.sport, self.seed, self.copy, *purpose, length=32)
        return np.random.default_rng(int(digest, 16))

    def calendar(self, year: int) -> np.random.Generator:
        """Return the generator of a season's schedule, the same in all copies: a scaled slate is exactly that big."""
        return League(self.sport, self.seed).stream("schedule", year)

    @property
    def teams(self) -> tuple[str, ...]:
        """Codes of the teams in the order of their numbers: the real ones, `BOS~7` in the seventh further copy."""
        return tuple(f"{team.abbr}{self._suffix}" for team in teams_of(self.sport))

    def event_id(self, digits: str) -> str:
        """Return the id of the game with those digits, e.g. `nba:SIM0022500001`."""
        return f"{self.sport}:{EVENT_MARK}{digits}{self._suffix}"

    @property
    def _suffix(self) -> str:
        return f"{COPY_MARK}{self.copy}" if self.copy else ""


def first_year(season: str) -> int:
    """Return the year in which a season starts; one that is too early is an `InputError`."""
    year = int(season[:4])
    if year < FIRST_SEASON:
        raise InputError(f"season {season} is too early to simulate; the first is {FIRST_SEASON}")
    return year
