"""Builders of small literal frames: one quote, poll, prediction, decision or result per call."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from propcast.core.distributions import negative_binomial
from propcast.core.markets import market
from propcast.tables.analytics import EVENTS
from propcast.tables.forecasts import CLOSING_LINES, DECISIONS, PREDICTIONS
from propcast.tables.raw import RAW_QUOTE_POLLS, RAW_QUOTES
from propcast.tables.schema import Table

Row = dict[str, Any]

DAY = date(2025, 1, 6)
START = datetime(2025, 1, 7, 0, 10, tzinfo=UTC)
NOON = datetime(2025, 1, 6, 17, 0, tzinfo=UTC)
EVENT = "nba:0022400500"


def minutes_before(minutes: float) -> datetime:
    """Return that many minutes before the start."""
    return START - timedelta(minutes=minutes)


def frame(table: Table, rows: Iterable[Row]) -> pl.DataFrame:
    """Return rows in the table's declared shape."""
    return pl.DataFrame(list(rows), schema=table.schema)


def quote(
    book: str = "alpha", line: float = 20.5, over: int | None = -110, under: int | None = -110, **other: Any
) -> Row:
    """Return one quote at noon; the id names book, line and time unless given."""
    row: Row = {
        "sport": "nba",
        "event_id": EVENT,
        "vendor": "feed",
        "vendor_event_id": "v1",
        "game_day": DAY,
        "market": "points",
        "subject": "nba:1",
        "book": book,
        "book_type": "sportsbook",
        "line": line,
        "observed_at": NOON,
        "over_price": over,
        "under_price": under,
        "is_open": True,
        "starts_at": START,
        "raw_name": "Some Body",
        "source": "feed",
    } | other
    return {"quote_id": f"{row['subject']}/{book}/{line}/{row['observed_at']}"} | row


def quotes(*rows: Row) -> pl.DataFrame:
    """Return `raw_quotes` rows."""
    return frame(RAW_QUOTES, rows)


def poll(at: datetime = NOON, *books: str, **other: Any) -> Row:
    """Return one poll that those books answered (alpha and beta unless named)."""
    return {
        "sport": "nba",
        "event_id": EVENT,
        "market": "points",
        "poll_at": at,
        "game_day": DAY,
        "books_answered": list(books) or ["alpha", "beta"],
        "source": "feed",
    } | other


def polls(*rows: Row) -> pl.DataFrame:
    """Return `raw_quote_polls` rows."""
    return frame(RAW_QUOTE_POLLS, rows)


def events(**other: Any) -> pl.DataFrame:
    """Return one event."""
    row: Row = {
        "event_id": EVENT,
        "sport": "nba",
        "season": "2024-25",
        "season_type": "regular",
        "game_day": DAY,
        "home": "LAC",
        "away": "MIN",
        "is_neutral": False,
        "starts_at": START,
        "game_number": 1,
        "status": "scheduled",
    }
    return frame(EVENTS, [row | other])


def moment(at: datetime = NOON, event: str = EVENT) -> pl.DataFrame:
    """Return the moment of one event."""
    return pl.DataFrame({"event_id": [event], "as_of": [at]}, schema_overrides={"as_of": pl.Datetime("us", "UTC")})


def prediction(p_over: float | None = 0.56, p_market: float | None = 0.5, **other: Any) -> Row:
    """Return one forecast of 20.5 points at −110 on both sides, mean 21."""
    counts = negative_binomial(np.array([21.0]), np.array([2.9]), market("points").max_count)
    row: Row = {
        "prediction_id": "p1",
        "batch_id": "b1",
        "sport": "nba",
        "event_id": EVENT,
        "participant_id": "nba:1",
        "market": "points",
        "game_day": DAY,
        "player_name": "Some Body",
        "line": 20.5,
        "system": "ensemble",
        "model_id": "untrained",
        "as_of": NOON,
        "starts_at": START,
        "status": "forecast",
        "reasons": [],
        "family": counts.family,
        "params": counts.params[0],
        "mean": 21.0,
        "sd": 7.8,
        "q50": 20.0,
        "p_over_blended": p_over,
        "p_push_blended": None if p_over is None else 0.0,
        "p_under_blended": None if p_over is None else 1.0 - p_over,
        "p_over_market": p_market,
        "p_plays": 0.97,
        "over_quote_id": "qo",
        "over_book": "alpha",
        "over_price": -110,
        "under_quote_id": "qu",
        "under_book": "beta",
        "under_price": -110,
        "n_books": 4,
        "is_modal_line": True,
        "feature_hash": "f",
        "data_version": "d",
    }
    return row | other


def predictions(*rows: Row) -> pl.DataFrame:
    """Return `predictions` rows."""
    return frame(PREDICTIONS, rows)


def decision(name: str = "OVER", **other: Any) -> Row:
    """Return the decision about prediction p1: 0.01 staked at −110 when it is a bet."""
    is_bet = name in ("OVER", "UNDER")
    row: Row = {
        "prediction_id": "p1",
        "batch_id": "b1",
        "policy_version": "house-1",
        "decision": name,
        "price": -110 if is_bet else None,
        "quote_id": "qo" if is_bet else None,
        "stake": 0.01 if is_bet else 0.0,
        "reasons": [] if is_bet else ["EV_TOO_SMALL"],
    }
    return row | other


def decisions(*rows: Row) -> pl.DataFrame:
    """Return `decisions` rows."""
    return frame(DECISIONS, rows)


def result(actual: float | None = 25.0, **other: Any) -> Row:
    """Return the final result of the player: 25 points unless told."""
    row: Row = {
        "event_id": EVENT,
        "participant_id": "nba:1",
        "market": "points",
        "actual": actual,
        "action": actual is not None,
        "void_reason": None if actual is not None else "DNP",
        "is_final": True,
        "single_source": True,
        "observed_at": START + timedelta(hours=3),
    }
    return row | other


def results(*rows: Row) -> pl.DataFrame:
    """Return result rows."""
    schema = {
        "event_id": pl.String(),
        "participant_id": pl.String(),
        "market": pl.String(),
        "actual": pl.Float64(),
        "action": pl.Boolean(),
        "void_reason": pl.String(),
        "is_final": pl.Boolean(),
        "single_source": pl.Boolean(),
        "observed_at": pl.Datetime("us", "UTC"),
    }
    return pl.DataFrame(list(rows), schema=schema)


def close(line: float = 21.5, mean: float = 22.0, **other: Any) -> Row:
    """Return the consensus close five minutes before the start."""
    row: Row = {
        "sport": "nba",
        "event_id": EVENT,
        "participant_id": "nba:1",
        "market": "points",
        "game_day": DAY,
        "book": "consensus",
        "line": line,
        "implied_mean": mean,
        "observed_at": minutes_before(5),
        "lead_s": 300.0,
        "is_true_close": True,
    }
    return row | other


def closes(*rows: Row) -> pl.DataFrame:
    """Return `closing_lines` rows."""
    return frame(CLOSING_LINES, rows)
