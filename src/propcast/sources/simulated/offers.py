"""From beliefs to offers: which lines a book puts up, at what prices, and when it moves or takes them off.

One row per offer (a book's main line on a participant, or one of its alternates), one column per poll; lines are
half-steps from the middle line of the participant's row on the board.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from propcast.core.arrays import BoolArray, FloatArray, IntArray
from propcast.core.odds import american_odds
from propcast.sources.simulated.board import REACH, Board
from propcast.sources.simulated.bookmakers import BOOKS, POLL_LEADS

NO_PRICE = 0
"""Stands for a side that is not offered; no American price is 0."""

POLLS = len(POLL_LEADS)

_DFS_PRICE = -137
_FAR = 0.30
"""A main line moves when its fair score is further than this from even."""

_WIDEST, _LONGEST_PRICE = 1.5, 5000.0
_PRICED_CHANCES = (1.0 / (1.0 + _LONGEST_PRICE / 100.0), 1.0 / (1.0 + 100.0 / _LONGEST_PRICE))
_ALTERNATES = np.array([-6, -4, -2, 2, 4, 6])
_OVER_ONLY, _ONE_SIDED_MAIN = 0.3, 0.004
_OPENS_LATE, _SUSPENDED = 0.25, 0.02

_REFRESHES = np.array([book.refreshes for book in BOOKS])
_WHOLE_LINES = np.array([book.whole_lines for book in BOOKS])
_COVERAGE = np.array([book.coverage for book in BOOKS])
_ALTERNATING = np.array([book.alternates for book in BOOKS])
_MARGIN = ndtri(0.5 / (1 - np.array([book.hold for book in BOOKS])))
_STEP = np.array([float(book.price_step) for book in BOOKS])
_IS_DFS = np.array([book.is_dfs for book in BOOKS])


@dataclass(frozen=True)
class Offers:
    """States of offers.

    Attributes:
        row: row of the board, one per offer.
        book: number of the book.
        offset, over, under, is_open: line, American prices and whether the offer stands, shape (offers, polls).
        is_alternate: whether these are other lines than the books' main ones.
    """

    row: IntArray
    book: IntArray
    offset: IntArray
    over: IntArray
    under: IntArray
    is_open: BoolArray
    is_alternate: bool


def main_offers(board: Board, beliefs: FloatArray, rng: np.random.Generator) -> Offers:
    """Return the main offers of the books that quote each row; `beliefs` has the shape (rows, books, polls)."""
    row, book = np.nonzero(rng.random(beliefs.shape[:2]) < _quoted(board))
    believed = beliefs[row, book]
    is_whole = rng.random(len(row)) < _WHOLE_LINES[book]
    looks = rng.random(believed.shape) < _REFRESHES[book, None]
    held, offset = believed.copy(), np.zeros(believed.shape, dtype=np.int64)
    offset[:, 0] = _nearest_even(board, row, held[:, 0], is_whole)
    for poll in range(1, POLLS):
        held[:, poll] = np.where(looks[:, poll], believed[:, poll], held[:, poll - 1])
        stays = np.abs(_score(board, row, offset[:, poll - 1], held[:, poll])) < _FAR
        moved = _nearest_even(board, row, held[:, poll], is_whole)
        offset[:, poll] = np.where(stays, offset[:, poll - 1], moved)
    score = np.stack([_score(board, row, offset[:, poll], held[:, poll]) for poll in range(POLLS)], axis=1)
    over, under = _prices(score, book)
    under[rng.random(len(row)) < _ONE_SIDED_MAIN] = NO_PRICE
    is_open = _stands(board, row, rng) & board_has(board, row, offset)
    return Offers(row, book, offset, over, under, is_open, is_alternate=False)


def alternate_offers(board: Board, mains: Offers, beliefs: FloatArray, rng: np.random.Generator) -> Offers:
    """Return further lines around the opening ones of books that list some; priced at the opening and near the close.

    A line that the book's main offer is ever on is left to that.
    """
    of = np.flatnonzero(rng.random(len(mains.row)) < _ALTERNATING[mains.book])
    main = np.repeat(of, len(_ALTERNATES))
    row, book = mains.row[main], mains.book[main]
    line = mains.offset[main, 0] + np.tile(_ALTERNATES, len(of))
    priced_at = np.where(np.arange(POLLS) < POLLS - 2, 0, POLLS - 2)
    offset = np.broadcast_to(line[:, None], (len(line), POLLS))
    score = np.stack([_score(board, row, line, beliefs[row, book, poll]) for poll in priced_at], axis=1)
    over, under = _prices(score, book)
    under[rng.random(len(row)) < _OVER_ONLY] = NO_PRICE
    is_free = (mains.offset[main] != line[:, None]).all(axis=1) & (np.abs(line) <= REACH)
    sane = (np.abs(score) < _WIDEST).all(axis=1) & is_free
    is_open = mains.is_open[main] & sane[:, None] & board_has(board, row, offset)
    return Offers(row, book, offset, over, under, is_open, is_alternate=True)


def board_has(board: Board, row: IntArray, offset: IntArray) -> BoolArray:
    """Return whether the lines exist: 0.5 is the lowest."""
    found: BoolArray = board.middle[row, None] + offset >= 0
    return found


def _quoted(board: Board) -> FloatArray:
    """Return the chance that each book quotes each row: all quote the well-known, few the others."""
    renown = board.rows["renown"].to_numpy()[:, None]
    chance: FloatArray = _COVERAGE * np.clip(0.25 + 1.1 * renown, 0.0, 1.0)
    return chance


def _score(board: Board, row: IntArray, offset: IntArray, belief: FloatArray) -> FloatArray:
    inside = np.clip(offset, -REACH, REACH)
    score: FloatArray = board.scores[row, inside + REACH] + board.steepness[row] * belief
    return score


def _nearest_even(board: Board, row: IntArray, belief: FloatArray, is_whole: BoolArray) -> IntArray:
    """Return the line nearest even money among the half-number ones, or among the whole ones."""
    offsets = np.arange(-REACH, REACH + 1)
    distance = np.abs(board.scores[row] + (board.steepness[row] * belief)[:, None])
    fits = (offsets % 2 == 1) == is_whole[:, None]
    exists = board.middle[row, None] + offsets >= 0
    chosen: IntArray = np.where(fits & exists, distance, np.inf).argmin(axis=1) - REACH
    return chosen


def _prices(score: FloatArray, book: IntArray) -> tuple[IntArray, IntArray]:
    """Return American prices whose fair probability is Φ(score), with the book's margin on both sides."""
    margin, step = _MARGIN[book, None], _STEP[book, None]
    chances = (np.clip(ndtr(side + margin), *_PRICED_CHANCES) for side in (score, -score))
    prices = (_rounded(american_odds(1.0 / chance), step) for chance in chances)
    dfs = _IS_DFS[book, None]
    over, under = (np.where(dfs, _DFS_PRICE, price) for price in prices)
    return over, under


def _rounded(price: FloatArray, step: FloatArray) -> IntArray:
    size = np.clip(np.rint(np.abs(price) / step) * step, 100.0, _LONGEST_PRICE)
    rounded: IntArray = (np.sign(price) * size).astype(np.int64)
    return rounded


def _stands(board: Board, row: IntArray, rng: np.random.Generator) -> BoolArray:
    """Return when offers stand: some open late, some are taken off for a while, all go when their man does."""
    poll = np.arange(POLLS)
    opens = np.where(rng.random(len(row)) < _OPENS_LATE, 1, 0)[:, None]
    off_from = np.where(rng.random(len(row)) < _SUSPENDED, rng.integers(2, POLLS, len(row)), POLLS)[:, None]
    off_for = rng.integers(1, POLLS, len(row))[:, None]
    leaves = board.rows["leaves_after"].to_numpy()[row, None]
    stands: BoolArray = (poll >= opens) & (poll < leaves) & ~((poll >= off_from) & (poll < off_from + off_for))
    return stands
