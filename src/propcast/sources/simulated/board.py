"""What there is to quote: participants and markets of one game day with their true laws, as books need them."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import ndtri

from propcast.core.arrays import FloatArray, IntArray
from propcast.tables.schema import INSTANT

REACH = 12
"""Half-steps to either side of the middle line within which lines are quoted."""

_SURE = 1e-6

ROWS = pl.Schema(
    {
        "sport": pl.String(),
        "event_id": pl.String(),
        "season": pl.String(),
        "game_day": pl.Date(),
        "listed_start": INSTANT,
        "starts_at": INSTANT,
        "moved_at": INSTANT,
        "market": pl.String(),
        "participant_id": pl.String(),
        "player_name": pl.String(),
        "p_plays": pl.Float64(),
        "renown": pl.Float64(),
        "news": pl.Float64(),
        "leaves_after": pl.Int64(),
    }
)
"""One row per participant and market.

The event starts at `starts_at`; until `moved_at`, where that is not null, everybody believed in `listed_start`.
`renown` (0–1) decides how many books bother; `news` is how much his mean, on the log scale, is above what was foreseen
before line-ups were known; after `leaves_after` polls everybody takes him off the board (a large number: nobody does).
"""

STAYS = 99


@dataclass(frozen=True)
class Board:
    """Rows to quote, with the chances of going over each line around the middle.

    Attributes:
        rows: a frame of `ROWS`.
        pmf: true P(count = k | takes part), one row each.
        middle: index of each row's middle line: line = (index + 1) / 2.
        scores: Φ⁻¹ of P(over | no push) at the lines middle − REACH … middle + REACH.
        steepness: how much a score rises with the logarithm of the mean.
    """

    rows: pl.DataFrame
    pmf: FloatArray
    middle: IntArray
    scores: FloatArray
    steepness: FloatArray

    def __len__(self) -> int:
        return self.rows.height


def board(rows: pl.DataFrame, pmf: FloatArray) -> Board:
    """Return the board of rows whose true law is given."""
    counts = np.arange(pmf.shape[1], dtype=np.float64)
    mean = pmf @ counts
    sd = np.sqrt(np.maximum(pmf @ counts**2 - mean**2, 1e-9))
    cdf = np.cumsum(pmf, axis=1)
    # Twice the smallest count with half of the mass at or below it: the index of the line just above that count.
    middle = 2 * (cdf < 0.5).sum(axis=1)
    offsets = np.arange(-REACH, REACH + 1)
    return Board(rows, pmf, middle, _scores(cdf, middle[:, None] + offsets), mean / sd)


def _scores(cdf: FloatArray, index: IntArray) -> FloatArray:
    """Return Φ⁻¹ of P(X > line | X ≠ line) at lines (index + 1) / 2; lines that do not exist count as sure."""
    line = (index + 1) / 2
    at_or_below = np.floor(line).astype(np.int64)
    below = np.ceil(line).astype(np.int64) - 1
    over, under = 1 - _at(cdf, at_or_below), _at(cdf, below)
    score: FloatArray = ndtri(np.clip(over / (over + under), _SURE, 1 - _SURE))
    return score


def _at(cdf: FloatArray, count: IntArray) -> FloatArray:
    """Return P(X ≤ count), 0 below 0."""
    inside = np.clip(count, 0, cdf.shape[1] - 1)
    return np.where(count < 0, 0.0, np.take_along_axis(cdf, inside, axis=1))
