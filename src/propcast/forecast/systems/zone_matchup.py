"""Where he shoots against what the defence allows there (points and threes)."""

import polars as pl

from propcast.core.reasons import Reason
from propcast.forecast.systems.base import UNTRAINED, Forecasts, SlateInputs, by_formula


class ZoneMatchup:
    """Shrunk mean scaled by projected minutes and pace, plus the zone match-up; free throws unchanged."""

    name = "zone_matchup"
    model_id = UNTRAINED

    def forecast(self, inputs: SlateInputs) -> Forecasts:
        """Forecast where zone features exist, else FEATURES_MISSING."""
        mean = _volume() * _pace() + _zones()
        silence = pl.coalesce("reason", pl.when(mean.is_null()).then(pl.lit(Reason.FEATURES_MISSING)))
        return by_formula(self, inputs, inputs.features, mean, silence, _terms())


def _terms() -> list[pl.Expr]:
    typical = pl.col("stat_mean_shrunk").cast(pl.Float64)
    return [
        typical.alias("stat_mean_shrunk"),
        (_volume() - typical).alias("minutes_projected"),
        (_volume() * (_pace() - 1)).alias("pace_factor"),
        _zones().alias("zone_matchup"),
    ]


def _volume() -> pl.Expr:
    minutes = pl.col("minutes_projected").cast(pl.Float64) / pl.col("minutes_avg_l10").cast(pl.Float64)
    return pl.col("stat_mean_shrunk").cast(pl.Float64) * minutes


def _pace() -> pl.Expr:
    return pl.col("pace_factor").cast(pl.Float64)


def _zones() -> pl.Expr:
    return pl.col("zone_matchup").cast(pl.Float64)
