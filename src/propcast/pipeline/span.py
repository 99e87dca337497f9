"""A span of game days of one sport."""

from dataclasses import dataclass

from propcast.backends.warehouse.port import Between
from propcast.core.gameday import GameDay, previous_season, season_bounds
from propcast.core.sport import Sport


@dataclass(frozen=True)
class Span:
    """Game days from `first` to `last`, both included."""

    sport: Sport
    first: GameDay
    last: GameDay

    @property
    def seasons(self) -> tuple[str, ...]:
        """Seasons that the span touches, oldest first."""
        seasons, season = [], self.last.season(self.sport)
        while season >= self.first.season(self.sport):
            seasons.append(season)
            season = previous_season(season)
        return tuple(reversed(seasons))

    def days(self) -> Between:
        """Return the condition that selects the span's game days."""
        return Between("game_day", self.first.date, self.last.date)

    def each(self) -> list[GameDay]:
        """Return the span's game days, the first one first."""
        return [self.first.plus(days) for days in range((self.last.date - self.first.date).days + 1)]

    def within(self, *seasons: str) -> "Span":
        """Return the part of the span that lies in these consecutive seasons."""
        first, last = season_bounds(self.sport, seasons[0])[0], season_bounds(self.sport, seasons[-1])[1]
        return Span(self.sport, max(self.first, first), min(self.last, last))

    @classmethod
    def of_season(cls, sport: Sport, season: str) -> "Span":
        """Return the whole season."""
        return cls(sport, *season_bounds(sport, season))
