"""The line book step: quotes → consensus as of each event's moment, and closes of what has started."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

import polars as pl

from propcast.backends.state.records import StepState
from propcast.backends.warehouse.port import Between, Condition, In
from propcast.core.gameday import GameDay, with_previous
from propcast.core.lines import SUBJECT, closing_lines, consensus_at, event_as_of, in_force, line_states
from propcast.core.together import both, together
from propcast.pipeline.plan import MarketView, Quoted, SportPlan
from propcast.pipeline.span import Span
from propcast.pipeline.steps import Step, StepResult, StepStore
from propcast.tables.analytics import EVENTS
from propcast.tables.forecasts import CLOSING_LINES, CONSENSUS_LINES
from propcast.tables.raw import RAW_QUOTE_POLLS, RAW_QUOTES

INPUTS = (EVENTS, RAW_QUOTES, RAW_QUOTE_POLLS)


@dataclass(frozen=True)
class Offers:
    """Quotes and polls of a span."""

    quotes: pl.DataFrame
    polls: pl.DataFrame


@dataclass(frozen=True)
class Board:
    """Quotes, polls and events of a span, and the moment of each event."""

    events: pl.DataFrame
    quotes: pl.DataFrame
    polls: pl.DataFrame
    moments: pl.DataFrame
    states: pl.DataFrame

    def quoted(self) -> pl.DataFrame:
        """Return who has an offer in force: event_id, participant_id, game_day; those of the consensus."""
        subjects = in_force(self.states).unique(SUBJECT, keep="first", maintain_order=True)
        return subjects.select("event_id", pl.col("subject").alias("participant_id"), "game_day")

    def consensus(self) -> pl.DataFrame:
        """Return CONSENSUS_LINES rows as of each event's moment."""
        return CONSENSUS_LINES.conform(consensus_at(self.quotes, self.states, self.moments))

    def closing(self) -> pl.DataFrame:
        """Return CLOSING_LINES rows; only for events that have started."""
        return CLOSING_LINES.conform(closing_lines(self.quotes, self.polls, self.events))


def line_book_step(plan: SportPlan) -> Step:
    """Return the step's declaration."""
    return Step(f"{plan.sport}/lines", INPUTS, (CONSENSUS_LINES, CLOSING_LINES))


def build_line_book(store: StepStore, span: Span) -> StepResult:
    """Store consensus and closes of past game days, within one season."""
    board = read_board(store, span)
    now, closing = board.consensus(), board.closing()
    store.write(CONSENSUS_LINES, now)
    store.write(CLOSING_LINES, closing)
    state = StepState.DONE if now.height else StepState.EMPTY_OK
    return StepResult(state, "" if now.height else "no usable quotes", {"quotes": board.quotes.height})


def read_offers(store: StepStore, span: Span) -> Offers:
    """Read what books offered for the game days of a span; it does not depend on anything that is built."""
    where: list[Condition] = [span.days(), In("sport", (span.sport,))]
    polls, quotes = together(partial(store.read, t, where, in_order=False) for t in (RAW_QUOTE_POLLS, RAW_QUOTES))
    return Offers(quotes, polls)


def read_board(store: StepStore, span: Span, as_of: datetime | None = None, offers: Offers | None = None) -> Board:
    """Read the events of a span within one season, and its offers unless they are given; fix each event's moment."""
    where: list[Condition] = [In("season", span.seasons), span.days(), In("sport", (span.sport,))]
    events, known = both(lambda: store.read(EVENTS, where, in_order=False), lambda: offers or read_offers(store, span))
    moments = event_as_of(events, known.polls, as_of)
    states = line_states(known.quotes, known.polls, moments)
    return Board(events, known.quotes, known.polls, moments, states)


def quoted_by(store: StepStore, plan: SportPlan, span: Span, board: Board, results: pl.DataFrame) -> Quoted:
    """Return whom the market quotes for a span's events, and whom it quoted earlier in this season and the last."""
    names = ["event_id", "participant_id", "game_day"]
    stored = store.read(CONSENSUS_LINES, _earlier(span), columns=names, in_order=False)
    return Quoted(board.moments, board.states, _history(plan, pl.concat([stored, board.quoted()]), results))


def market_view(store: StepStore, span: Span, board: Board) -> MarketView:
    """Return what the market says of a span's events, and how it closed earlier in this season and the last."""
    closed = store.read(CLOSING_LINES, _earlier(span), in_order=False)
    within_one_day = span.first == span.last  # where no close is earlier than any event
    now, closing = together([board.consensus, CLOSING_LINES.empty if within_one_day else board.closing])
    return MarketView(now, pl.concat([closed, closing]))


def _earlier(span: Span) -> list[Condition]:
    before = Between("game_day", None, span.first.plus(-1).date)
    return [In("sport", (span.sport,)), In("season", with_previous(span.seasons)), before]


def _history(plan: SportPlan, quoted: pl.DataFrame, results: pl.DataFrame) -> pl.DataFrame:
    """Return who was quoted for a finished event (event_id, player_id, game_day) and whether he `played`."""
    finished = results.select("event_id").unique()
    took_part = results.filter(plan.took_part).select("event_id", "player_id", pl.lit(value=True).alias("played"))
    return (
        quoted.unique()
        .join(finished, on="event_id", how="semi")
        .with_columns(pl.col("participant_id").str.split(":").list.last().cast(pl.Int64).alias("player_id"))
        .join(took_part, on=["event_id", "player_id"], how="left")
        .select("event_id", "player_id", "game_day", pl.col("played").fill_null(value=False))
    )


def polled_days(events: pl.DataFrame, polls: pl.DataFrame) -> list[GameDay]:
    """Return the game days with a poll of an event whose start is known: days that owe a consensus."""
    known = events.filter(pl.col("starts_at").is_not_null())
    days = polls.join(known, on="event_id", how="semi")["game_day"].unique().sort()
    return [GameDay(day) for day in days.to_list()]
