"""The latest run of a step: who measures what it left does so once, when it has ended."""

from datetime import datetime

from propcast.backends.compose import Backends
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport


class Latest:
    """Remembers which run of one step was looked at, by sport."""

    def __init__(self, step: str) -> None:
        self._step = step
        self._seen: dict[Sport, datetime] = {}

    def has_ended(self, backends: Backends, sport: Sport, day: GameDay | None = None) -> bool:
        """Tell whether the latest run, of any day unless told, has ended since somebody last asked."""
        run = next(iter(backends.ledger.runs(sport, day, f"{sport}/{self._step}", limit=1)), None)
        if run is None or run.closed_at is None or run.closed_at == self._seen.get(sport):
            return False
        self._seen[sport] = run.closed_at
        return True
