"""The shuffle test: results shuffled within a day must leave nothing to be found (leak rule 3 of EVALUATION)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from propcast.core.arrays import BoolArray, FloatArray
from propcast.forecast.columns import floats

PERMUTATIONS = 1000
LEVEL = 0.99

Chooser = Callable[[pl.DataFrame], pl.Series]
"""Picks sides, true = over, from rows that carry everything a forecast could reach, the results included."""


@dataclass(frozen=True)
class ShuffleTest:
    """The hit rate on shuffled results, and the interval in which chance alone would put it."""

    hit_rate: float
    low: float
    high: float
    n: int

    @property
    def passed(self) -> bool:
        """Whether nothing but chance was found; false means that the choice saw the results."""
        return self.low <= self.hit_rate <= self.high


def preferred_side(rows: pl.DataFrame) -> pl.Series:
    """Pick the side on which the raw probability exceeds the market's."""
    return rows.select((pl.col("p_raw") > pl.col("p_market")).alias("over"))["over"]


def shuffle_test(rows: pl.DataFrame, seed: int, choose: Chooser = preferred_side) -> ShuffleTest:
    """Shuffle `over` within each game day, choose sides on the shuffled rows, and compare the hit rate with chance.

    `rows` are scored rows; those without a decided result drop out. Chance is the same choice against a thousand
    other shuffles.
    """
    decided = rows.filter(pl.col("over").is_not_null()).sort("game_day", "event_id", "participant_id")
    draw = np.random.default_rng(seed)
    days = decided["game_day"].to_physical().to_numpy()
    results = floats(decided, "over")
    shuffled = _shuffled(results, days, draw)
    chosen = choose(decided.with_columns(pl.Series("over", shuffled))).to_numpy()
    chance = [_hit_rate(chosen, _shuffled(results, days, draw)) for _ in range(PERMUTATIONS)]
    low, high = np.quantile(chance, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return ShuffleTest(_hit_rate(chosen, shuffled), float(low), float(high), decided.height)


def _shuffled(
    results: FloatArray, days: "np.ndarray[tuple[int, ...], np.dtype[np.int32]]", draw: np.random.Generator
) -> FloatArray:
    """Permute within days; `results` are sorted by day."""
    return results[np.lexsort((draw.random(len(results)), days))]


def _hit_rate(chosen: BoolArray, results: FloatArray) -> float:
    return float(np.mean(chosen == (results == 1)))
