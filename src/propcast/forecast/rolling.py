"""The record of the last graded props of one market: is the forecast still as sure as it says?"""

from dataclasses import dataclass

import polars as pl

from propcast.core.scoring import interval_coverage
from propcast.core.shares import share_interval
from propcast.forecast.columns import floats

WINDOW = 300
LEVEL = 0.8
SURE = 0.999
"""Of the interval: six markets are looked at every day of a season."""


@dataclass(frozen=True)
class Rolling:
    """What the last `WINDOW` props say.

    Attributes:
        miss: distance between 80 % and the interval of the share of outcomes in their central 80 %; 0 inside it.
        log_loss_minus_market: on the props that both can be scored on; None when there is none.
    """

    miss: float
    bias: float
    log_loss_minus_market: float | None


def rolling(grades: pl.DataFrame) -> Rolling | None:
    """Return the record of one market's GRADES rows, a row a prop; None while there are too few.

    Of several settlements the first counts; voids and what was not forecast are no props.
    """
    first = grades.sort("settlement_version").unique(["batch_id", "prediction_id"], keep="first")
    last = first.filter(pl.col("pit").is_not_null()).sort("game_day", "prediction_id").tail(WINDOW)
    if last.height < WINDOW:
        return None
    inside = round(interval_coverage(floats(last, "pit"), LEVEL) * WINDOW)
    low, high = share_interval(inside, WINDOW, SURE)
    worse = (last["log_score"] - last["market_log_score"]).drop_nulls().to_numpy()
    beside = float(worse.mean()) if len(worse) else None
    return Rolling(max(low - LEVEL, LEVEL - high, 0.0), float(floats(last, "error").mean()), beside)
