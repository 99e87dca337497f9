"""The game day: the US Eastern calendar date under which a league schedules a game."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from propcast.core.errors import InputError
from propcast.core.instants import zoned
from propcast.core.sport import Sport

EASTERN = ZoneInfo("America/New_York")


@dataclass(frozen=True, order=True)
class GameDay:
    """A league's calendar date; never a timestamp, never recomputed from an actual start."""

    date: date

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `YYYY-MM-DD`; anything else is an `InputError`."""
        try:
            return cls(date.fromisoformat(text))
        except ValueError as error:
            raise InputError(f"{text!r} is not a game day; write it as YYYY-MM-DD, e.g. 2025-10-24") from error

    @classmethod
    def of_instant(cls, instant: datetime) -> Self:
        """Return the Eastern date of an instant (zone-aware; both DST switches respected)."""
        return cls(zoned(instant).astimezone(EASTERN).date())

    def plus(self, days: int) -> "GameDay":
        """Return the game day that many calendar days later (earlier when negative)."""
        return GameDay(self.date + timedelta(days=days))

    def at_utc(self, hour: int) -> datetime:
        """Return the instant of that UTC hour on this date."""
        return datetime.combine(self.date, time(hour), tzinfo=UTC)

    def season(self, sport: Sport) -> str:
        """Return the season that this day belongs to: `2024-25` (NBA, turns in August) or `2025` (MLB)."""
        year = self.date.year
        if sport is Sport.MLB:
            return str(year)
        first = year if self.date.month >= _NBA_TURN_MONTH else year - 1
        # The bubble season ran to 11 October 2020; the next began on 22 December.
        if date(2020, 8, 1) <= self.date <= date(2020, 10, 31):
            first = _BUBBLE_YEAR
        return nba_season(first)

    def __str__(self) -> str:
        return self.date.isoformat()


_NBA_TURN_MONTH = 8
_BUBBLE_YEAR = 2019


def nba_season(first_year: int) -> str:
    """Name the NBA season that starts in that year: 2024 → `2024-25`."""
    return f"{first_year}-{(first_year + 1) % 100:02d}"


def previous_season(season: str, back: int = 1) -> str:
    """Return the season that many before: `2024-25` → `2023-24`, `2025` → `2024`."""
    first = int(season[:4]) - back
    return nba_season(first) if "-" in season else str(first)


def with_previous(seasons: Sequence[str]) -> tuple[str, ...]:
    """Return the seasons with the one before the first."""
    return (previous_season(seasons[0]), *seasons)


def season_bounds(sport: Sport, season: str) -> tuple[GameDay, GameDay]:
    """Return the first and last calendar day that count as the season (no game lies outside)."""
    year = int(season[:4])
    if sport is Sport.MLB:
        return GameDay(date(year, 1, 1)), GameDay(date(year, 12, 31))
    first, last = date(year, _NBA_TURN_MONTH, 1), date(year + 1, _NBA_TURN_MONTH - 1, 31)
    if year == _BUBBLE_YEAR:
        last = date(year + 1, 10, 31)
    if year == _BUBBLE_YEAR + 1:
        first = date(year, 11, 1)
    return GameDay(first), GameDay(last)
