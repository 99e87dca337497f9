"""The gate against results that are too good: a leak until proven otherwise (EVALUATION)."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from propcast.core.markets import Market
from propcast.core.scoring import log_loss
from propcast.forecast.columns import floats

LEAST_MAE = {"points": 4.3, "pitcher_strikeouts": 1.60}
"""Below these, on participants with a line, lies no skill: it is the noise of the count itself."""

MOST_R_SQUARED = {"pitcher_strikeouts": 0.30}
MOST_LOG_LOSS_GAIN = 0.01
MIN_ROWS = 200


@dataclass(frozen=True)
class Suspicion:
    """A number that no honest forecast reaches; it blocks promotion."""

    system: str
    measure: str
    value: float
    floor: float

    def __str__(self) -> str:
        return (
            f"{self.system}: {self.measure} is {self.value:.4f}, beyond {self.floor:g}: find the leak before promotion"
        )


def suspicions(market: Market, system: str, lined: pl.DataFrame) -> list[Suspicion]:
    """Return what is too good about a system's scored rows of participants with a line; nothing under 200 rows."""
    if lined.height < MIN_ROWS:
        return []
    actual = floats(lined, "actual")
    mae = float(np.abs(floats(lined, "median") - actual).mean())
    r_squared = 1 - float(((floats(lined, "mean") - actual) ** 2).sum() / ((actual - actual.mean()) ** 2).sum())
    gain = _log_loss_gain(lined)
    found = [Suspicion(system, "MAE", mae, floor) for floor in [LEAST_MAE.get(market.name, 0.0)] if mae < floor]
    found += [
        Suspicion(system, "R²", r_squared, top) for top in [MOST_R_SQUARED.get(market.name, 1.0)] if r_squared > top
    ]
    if gain > MOST_LOG_LOSS_GAIN:
        found.append(Suspicion(system, "log loss below the market's", gain, MOST_LOG_LOSS_GAIN))
    return found


def _log_loss_gain(lined: pl.DataFrame) -> float:
    priced = lined.filter(pl.all_horizontal(pl.col("over", "p_raw", "p_market").is_not_null()))
    if priced.height < MIN_ROWS:
        return 0.0
    over = floats(priced, "over")
    ours = min(float(log_loss(floats(priced, name), over).mean()) for name in ("p_raw", "p_final"))
    return float(log_loss(floats(priced, "p_market"), over).mean()) - ours
