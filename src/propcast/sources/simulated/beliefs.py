"""What books believe about each participant's mean over the polls: near the truth, nearer as the start comes."""

import numpy as np

from propcast.core.arrays import FloatArray
from propcast.sources.simulated.board import Board
from propcast.sources.simulated.bookmakers import BOOKS, POLL_LEADS

CLOSING_ERROR = 0.035
"""Sd of the whole market's error about a mean at the close, relative."""

_OPENING_ERROR = 0.06
_TICK = 0.006
_NEWS_KNOWN = np.array([0.0, 0.1, 0.3, 0.6, 0.9, 1.0])
"""Share of the line-up news that the books have by each poll."""


def beliefs(board: Board, rng: np.random.Generator) -> FloatArray:
    """Return log(believed mean / true mean), shape (rows, books, polls)."""
    rows, polls = len(board), len(POLL_LEADS)
    closing = CLOSING_ERROR * rng.standard_normal((rows, 1))
    steps = _OPENING_ERROR / np.sqrt(polls - 1) * rng.standard_normal((rows, polls - 1))
    since = np.concatenate([np.cumsum(steps[:, ::-1], axis=1)[:, ::-1], np.zeros((rows, 1))], axis=1)
    unknown = -board.rows["news"].to_numpy()[:, None] * (1 - _NEWS_KNOWN)
    own = np.array([book.noise for book in BOOKS])[:, None] * rng.standard_normal((rows, len(BOOKS), 1))
    ticks = _TICK * rng.standard_normal((rows, len(BOOKS), polls))
    belief: FloatArray = (closing + since + unknown)[:, None, :] + own + ticks
    return belief
