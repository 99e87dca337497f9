"""The metrics of every report, each with its number of rows and, where it is a mean, an interval (EVALUATION)."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from propcast.core.arrays import FloatArray, IntArray
from propcast.core.scoring import (
    Interval,
    bootstrap_by_day,
    brier,
    expected_calibration_error,
    interval_coverage,
    log_loss,
)
from propcast.forecast.columns import floats

TIERS = 4
LEVELS = (0.5, 0.8, 0.9)
EDGES = (0.0, 0.02, 0.05, 0.10)
STAGES = ("raw", "final", "market")
PIT_BINS = 20

_SEED = 23


@dataclass(frozen=True)
class Metric:
    """One number over n rows; `low` and `high` are its 95 % interval by game day, NaN where none is computed."""

    name: str
    value: float
    low: float
    high: float
    n: int


def point_metrics(rows: pl.DataFrame) -> list[Metric]:
    """Score medians (MAE), means (RMSE, bias) and whole distributions (CRPS, coverage) of a scored frame."""
    actual, mean, days = floats(rows, "actual"), floats(rows, "mean"), _days(rows)
    return [
        _averaged("mae", np.abs(floats(rows, "median") - actual), days),
        _plain("rmse", float(np.sqrt(np.mean((mean - actual) ** 2))) if rows.height else np.nan, rows.height),
        _averaged("bias", mean - actual, days),
        *_bias_by_tier(mean, actual, days),
        _averaged("crps", floats(rows, "crps"), days),
        *(
            _plain(f"coverage_{level:.0%}"[:-1], interval_coverage(floats(rows, "pit"), level), rows.height)
            for level in LEVELS
        ),
    ]


def line_metrics(rows: pl.DataFrame) -> list[Metric]:
    """Score P(over | no push), raw and final, beside the market on the rows that all three can be scored on."""
    priced = rows.filter(pl.all_horizontal(pl.col("over", *(f"p_{stage}" for stage in STAGES)).is_not_null()))
    if not priced.height:
        return []
    over, days = floats(priced, "over"), _days(priced)
    p = {stage: floats(priced, f"p_{stage}") for stage in STAGES}
    loss = {stage: log_loss(p[stage], over) for stage in STAGES}
    return [
        *(_averaged(f"log_loss_{stage}", loss[stage], days) for stage in STAGES),
        *(_averaged(f"brier_{stage}", brier(p[stage], over), days) for stage in STAGES),
        *(
            _averaged(f"log_loss_{stage}_minus_market", loss[stage] - loss["market"], days)
            for stage in ("raw", "final")
        ),
        *(_plain(f"ece_{stage}", expected_calibration_error(p[stage], over), priced.height) for stage in STAGES),
        _averaged("over_rate", over, days),
    ]


def bet_metrics(rows: pl.DataFrame) -> list[Metric]:
    """Bet every row on the side that the raw probability prefers to the market's, by size of that edge.

    Each hit rate stands beside the market's probability of the same sides; ROI is at the quoted price.
    """
    bets = hypothetical_bets(rows)
    return [metric for low, high in zip(EDGES, (*EDGES[1:], 1.0), strict=True) for metric in _edge_bin(bets, low, high)]


def hypothetical_bets(rows: pl.DataFrame) -> pl.DataFrame:
    """Return one bet per priced, decided row: `edge`, `p_side` (the market's), `won` and `profit` per unit."""
    edge = pl.col("p_raw") - pl.col("p_market")
    odds = pl.when(edge > 0).then("over_odds").otherwise("under_odds")
    won = (pl.col("over") == 1) == (edge > 0)
    return rows.filter(pl.col("over").is_not_null() & edge.is_not_null() & odds.is_not_null()).select(
        "game_day",
        edge.abs().alias("edge"),
        pl.when(edge > 0).then("p_market").otherwise(1 - pl.col("p_market")).alias("p_side"),
        won.cast(pl.Float64).alias("won"),
        pl.when(won).then(odds - 1).otherwise(-1.0).alias("profit"),
    )


def averaged(name: str, rows: pl.DataFrame) -> Metric:
    """Return the mean of the column `value` with its interval by game day."""
    return _averaged(name, floats(rows, "value"), _days(rows))


def tier_table(rows: pl.DataFrame, line: str = "line") -> pl.DataFrame:
    """Return MAE of the median and of the market's line by tier of the predicted mean (equal mass)."""
    ranked = rows.with_columns((pl.col("mean").rank("ordinal") - 1).floordiv(-(-rows.height // TIERS)).alias("tier"))
    miss = (pl.col("median") - pl.col("actual")).abs()
    return ranked.group_by("tier").agg(
        pl.len().alias("n"),
        pl.col("mean").mean(),
        miss.mean().alias("mae"),
        (pl.col(line) - pl.col("actual")).abs().mean().alias("line_mae"),
        miss.filter(pl.col(line).is_not_null()).mean().alias("mae_with_line"),
    ).sort("tier")  # fmt: skip


def pit_histogram(rows: pl.DataFrame) -> list[int]:
    """Return counts of PIT in equal bins; flat when calibrated."""
    counts, _ = np.histogram(floats(rows, "pit"), bins=PIT_BINS, range=(0.0, 1.0))
    return [int(n) for n in counts]


def _bias_by_tier(mean: FloatArray, actual: FloatArray, days: IntArray) -> Iterable[Metric]:
    parts = np.array_split(np.argsort(mean, kind="stable"), TIERS)
    return [_averaged(f"bias_tier_{i}", (mean - actual)[part], days[part]) for i, part in enumerate(parts, 1)]


def _edge_bin(bets: pl.DataFrame, low: float, high: float) -> list[Metric]:
    chosen = bets.filter((pl.col("edge") >= low) & (pl.col("edge") < high))
    label, days = f"edge_{low:.0%}"[:-1], _days(chosen)
    return [
        _averaged(f"hit_rate_{label}", floats(chosen, "won"), days),
        _averaged(f"market_p_{label}", floats(chosen, "p_side"), days),
        _averaged(f"roi_{label}", floats(chosen, "profit"), days),
    ]


def _averaged(name: str, values: FloatArray, days: IntArray) -> Metric:
    found: Interval = bootstrap_by_day(values, days, _SEED)
    return Metric(name, found.value, found.low, found.high, found.n)


def _plain(name: str, value: float, n: int) -> Metric:
    return Metric(name, value, float("nan"), float("nan"), n)


def _days(rows: pl.DataFrame) -> IntArray:
    return rows["game_day"].to_physical().cast(pl.Int64).to_numpy()
