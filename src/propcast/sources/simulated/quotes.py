"""Offers as a vendor sees them: a `raw_quotes` row per change, and a `raw_quote_polls` row per look."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from propcast.core.arrays import BoolArray, IntArray
from propcast.core.provenance import SIMULATED
from propcast.sources.simulated.beliefs import beliefs
from propcast.sources.simulated.board import Board
from propcast.sources.simulated.bookmakers import BOOKS, POLL_LEADS, VENDOR
from propcast.sources.simulated.offers import NO_PRICE, POLLS, Offers, alternate_offers, main_offers
from propcast.tables.content import ids
from propcast.tables.raw import RAW_QUOTE_POLLS, RAW_QUOTES

_SILENT = 0.01
_IN_PLAY_SHARE = 0.002
_IN_PLAY_DELAY = pl.duration(minutes=20)


@dataclass(frozen=True)
class Seen:
    """What was seen of one game day's offers.

    Attributes:
        quotes: `raw_quotes` rows.
        polls: `raw_quote_polls` rows.
        in_play: rows that look like quotes and are not: seen after the start; the table's contract refuses them.
    """

    quotes: pl.DataFrame
    polls: pl.DataFrame
    in_play: pl.DataFrame


def observe(board: Board, rng: np.random.Generator) -> Seen:
    """Return what a vendor saw of the books' offers on a board (the rows of one game day of one league)."""
    believed = beliefs(board, rng)
    mains = main_offers(board, believed, rng)
    every = (mains, alternate_offers(board, mains, believed, rng))
    group = pl.struct("event_id", "market").rank("dense").cast(pl.Int64) - 1
    event_market = board.rows.select(group).to_series().to_numpy()
    answers = rng.random((int(event_market.max(initial=-1)) + 1, len(BOOKS), POLLS)) >= _SILENT
    changes = [_changes(offers, answers[event_market[offers.row], offers.book]) for offers in every]
    quotes = _quotes(board, pl.concat(changes))
    in_play = quotes.filter(pl.col("is_open")).sample(fraction=_IN_PLAY_SHARE, seed=int(rng.integers(2**31)))
    return Seen(
        quotes=quotes,
        polls=_polls(board, mains, answers, event_market),
        in_play=_identified(in_play.with_columns(observed_at=pl.col("starts_at") + _IN_PLAY_DELAY)),
    )


def _changes(offers: Offers, answered: BoolArray) -> pl.DataFrame:
    """Return one row per state that differs from the one that was seen before."""
    last = np.full(len(offers.row), -1)
    parts = []
    for poll in range(POLLS):
        seen = answered[:, poll]
        was_open = (last >= 0) & offers.is_open[np.arange(len(last)), np.maximum(last, 0)]
        now_open = offers.is_open[:, poll]
        same_line = _unmoved(offers.offset, last, poll)
        same = same_line & _unmoved(offers.over, last, poll) & _unmoved(offers.under, last, poll)
        parts += [
            _states(offers, seen & was_open & ~(now_open & same_line), last, poll, is_open=False),
            _states(offers, seen & now_open & ~(was_open & same), np.full(len(last), poll), poll, is_open=True),
        ]
        last = np.where(seen, poll, last)
    return pl.concat(parts)


def _unmoved(values: IntArray, last: IntArray, poll: int) -> BoolArray:
    same: BoolArray = values[np.arange(len(last)), np.maximum(last, 0)] == values[:, poll]
    return same


def _states(offers: Offers, chosen: BoolArray, state: IntArray, seen_at: int, *, is_open: bool) -> pl.DataFrame:
    """Return the chosen offers in the state of some poll, as seen at `seen_at`."""
    n = np.flatnonzero(chosen)
    return pl.DataFrame(
        {
            "row": offers.row[n],
            "book": offers.book[n],
            "poll": np.full(len(n), seen_at),
            "offset": offers.offset[n, state[n]],
            "over_price": offers.over[n, state[n]],
            "under_price": offers.under[n, state[n]],
        }
    ).with_columns(is_open=pl.lit(is_open), is_alternate=pl.lit(offers.is_alternate))


def _quotes(board: Board, changes: pl.DataFrame) -> pl.DataFrame:
    facts = board.rows.with_row_index("row").with_columns(
        pl.col("row").cast(pl.Int64), pl.Series("middle", board.middle)
    )
    joined = changes
    for key, known in (("row", facts), ("book", _books()), ("poll", _leads())):
        joined = joined.join(known, on=key, how="left", maintain_order="left")
    seen = joined.with_columns(observed_at=pl.col("starts_at") - pl.col("lead"))
    named = seen.with_columns(
        line=(pl.col("middle") + pl.col("offset") + 1) / 2,
        starts_at=pl.when(pl.col("observed_at") < pl.col("moved_at")).then("listed_start").otherwise("starts_at"),
        over_price=_offered("over_price"),
        under_price=_offered("under_price"),
        vendor_event_id=pl.col("event_id").str.split(":").list.last(),
        vendor=pl.lit(VENDOR),
        subject=pl.col("participant_id"),
        raw_name=pl.col("player_name"),
        book=pl.col("key"),
        source=pl.lit(SIMULATED),
    )
    return _identified(named)


def _identified(quotes: pl.DataFrame) -> pl.DataFrame:
    return RAW_QUOTES.conform(quotes.with_columns(ids(quotes, RAW_QUOTES.key).alias("quote_id")))


def _offered(side: str) -> pl.Expr:
    return pl.when(pl.col(side) != NO_PRICE).then(pl.col(side))


def _books() -> pl.DataFrame:
    kinds = ["dfs" if book.is_dfs else "sportsbook" for book in BOOKS]
    return pl.DataFrame({"book": range(len(BOOKS)), "key": [book.key for book in BOOKS], "book_type": kinds})


def _polls(board: Board, mains: Offers, answers: BoolArray, event_market: IntArray) -> pl.DataFrame:
    """Return who answered each look: the books that quote the event's market at all, but for a few silent ones."""
    quotes = np.zeros(answers.shape[:2], dtype=bool)
    quotes[event_market[mains.row], mains.book] = True
    where, book, poll = np.nonzero(answers & quotes[..., None])
    seen = pl.DataFrame({"where": where, "key": np.array([b.key for b in BOOKS])[book], "poll": poll})
    facts = board.rows.with_columns(pl.Series("where", event_market)).unique("where", maintain_order=True)
    answered = seen.group_by("where", "poll").agg(pl.col("key").sort().alias("books_answered"))
    polls = answered.join(facts, on="where").join(_leads(), on="poll")
    return RAW_QUOTE_POLLS.conform(
        polls.with_columns(poll_at=pl.col("starts_at") - pl.col("lead"), credits=pl.lit(1), source=pl.lit(SIMULATED))
    ).sort("event_id", "market", "poll_at")


def _leads() -> pl.DataFrame:
    return pl.DataFrame({"poll": range(POLLS), "lead": list(POLL_LEADS)})
