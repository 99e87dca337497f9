"""What a simulated league tells the world: rows of raw tables, as far as they are known at an instant."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import polars as pl

from propcast.core.arrays import FloatArray
from propcast.sources.simulated.board import Board, board
from propcast.sources.simulated.league import League
from propcast.sources.simulated.quotes import observe
from propcast.sources.simulated.truth import truth
from propcast.tables.raw import RAW_QUOTE_POLLS, RAW_QUOTES
from propcast.tables.schema import Table
from propcast.tables.truth import TRUTH


@dataclass(frozen=True)
class Window:
    """Which part of a season is told.

    Attributes:
        known_by: nothing that was observed later is told.
        quoted_from, quoted_to: game days whose quotes are made up; quotes are by far the most rows.
        since: first game day of which anything is told, or None for all of the season.
    """

    known_by: datetime
    quoted_from: date
    quoted_to: date
    since: date | None = None


@dataclass(frozen=True)
class Feed:
    """Rows of one season of one league, in the order in which they are to be written.

    Attributes:
        told: tables and their rows; a table that keeps states comes once per state.
        in_play: rows of `raw_quotes` that its contract refuses.
        truth: rows of the truth table, for the quoted days.
    """

    told: tuple[tuple[Table, pl.DataFrame], ...]
    in_play: pl.DataFrame = field(default_factory=RAW_QUOTES.empty)
    truth: pl.DataFrame = field(default_factory=TRUTH.empty)


def known(table: Table, frame: pl.DataFrame, window: Window) -> tuple[Table, pl.DataFrame]:
    """Return the rows that the window shows."""
    instant = "observed_at" if "observed_at" in table.schema else "poll_at"
    rows = frame.filter(pl.col(instant) <= window.known_by)
    if window.since is None or "game_day" not in table.schema:
        return table, rows
    return table, rows.filter(pl.col("game_day") >= window.since)


def market_feed(league: League, boards: list[Board], window: Window) -> Feed:
    """Return quotes, polls and truth of boards, one per game day; each day has its own stream of chance."""
    seen = [observe(each, league.stream("quotes", each.rows["game_day"][0])) for each in boards]
    quotes = pl.concat([RAW_QUOTES.empty(), *(one.quotes for one in seen)])
    polls = pl.concat([RAW_QUOTE_POLLS.empty(), *(one.polls for one in seen)])
    in_play = pl.concat([RAW_QUOTES.empty(), *(one.in_play for one in seen)])
    return Feed(
        told=(known(RAW_QUOTES, quotes, window), known(RAW_QUOTE_POLLS, polls, window)),
        in_play=known(RAW_QUOTES, in_play, window)[1],
        truth=pl.concat([TRUTH.empty(), *(truth(each) for each in boards)]),
    )


def daily_boards(rows: pl.DataFrame, laws: FloatArray) -> list[Board]:
    """Return one board per game day, in order."""
    numbered = rows.with_row_index("n")
    days = numbered.partition_by("game_day", maintain_order=True)
    boards = [board(day.drop("n"), laws[day["n"].to_numpy()]) for day in days]
    return sorted(boards, key=lambda each: each.rows["game_day"][0])


def joined(feeds: Sequence[Feed]) -> Feed:
    """Return several leagues' feeds of one season as one; they have the same tables in the same order."""
    together = zip(*(feed.told for feed in feeds), strict=True)
    return Feed(
        told=tuple((parts[0][0], pl.concat([frame for _, frame in parts])) for parts in together),
        in_play=pl.concat([feed.in_play for feed in feeds]),
        truth=pl.concat([feed.truth for feed in feeds]),
    )
