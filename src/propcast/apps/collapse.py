"""The features that must vary: how much they do, and how many of them are null, on the latest slate of today."""

import polars as pl

from propcast.apps.latest import Latest
from propcast.backends.compose import Backends
from propcast.backends.warehouse.port import In
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.precompute.guards import SLATE_ROWS
from propcast.service.telemetry import declared
from propcast.service.telemetry.metrics import Metrics
from propcast.tables.features import CONTRACTS
from propcast.tables.precompute import FEATURES


class Collapse:
    """Measures the features that must vary on the latest slate of today, once for every build of it."""

    def __init__(self) -> None:
        self._built = Latest("precompute")

    def look(self, backends: Backends, metrics: Metrics) -> None:
        """Measure what was built since the last look."""
        today = GameDay.of_instant(backends.clock.now())
        for sport in Sport:
            if self._built.has_ended(backends, sport, today):
                collapsed(backends, sport, today, metrics)


def collapsed(backends: Backends, sport: Sport, day: GameDay, metrics: Metrics) -> None:
    """Measure variance and nulls of a day's features; of a small slate they mean nothing."""
    names = [feature.name for feature in CONTRACTS[sport].features if feature.must_vary]
    where = [In("season", (day.season(sport),)), In("game_day", (day.date,))]
    rows = backends.warehouse.read(FEATURES[sport], where, columns=names)
    if rows.height < SLATE_ROWS:
        return
    for name in names:
        metrics.set(declared.FEATURE_NULLS, rows[name].null_count() / rows.height, feature=name)
        variance = rows[name].cast(pl.Float64).var()
        if isinstance(variance, float):
            metrics.set(declared.FEATURE_VARIANCE, variance, feature=name)
