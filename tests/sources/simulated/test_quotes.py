"""Simulated books: holds, noise around the truth, moves, withdrawals, and every awkward offer."""

from functools import cache

import numpy as np
import polars as pl
import pytest

from propcast.core.arrays import BoolArray, FloatArray
from propcast.core.markets import MARKETS, markets_of
from propcast.core.odds import devig, hold, implied_probability
from propcast.core.sport import Sport
from propcast.sources.simulated.bookmakers import BOOKS, POLL_LEADS
from propcast.sources.simulated.truth import laws
from propcast.tables import raw
from propcast.tables.contract import split
from propcast.tables.raw import RAW_QUOTE_POLLS, RAW_QUOTES
from tests.sources.simulated.worlds import told

SPORTS = pytest.mark.parametrize("sport", list(Sport))
OFFER = ["event_id", "market", "subject", "book"]
WORST_Z = 4.0


def priced(quotes: pl.DataFrame) -> pl.DataFrame:
    """Two-sided offers of sportsbooks with their hold and fair P(over)."""
    two_sided = quotes.filter(
        pl.col("book_type") == "sportsbook", pl.col("over_price").is_not_null(), pl.col("under_price").is_not_null()
    )
    over, under = (implied_probability(two_sided[f"{s}_price"].cast(pl.Float64).to_numpy()) for s in ("over", "under"))
    return two_sided.with_columns(pl.Series("hold", hold(over, under)), pl.Series("p_over", devig(over, under)))


@cache
def closing(sport: Sport) -> pl.DataFrame:
    """The last open main offer of each sportsbook."""
    mains = priced(told(sport).latest(RAW_QUOTES)).filter(~pl.col("is_alternate"), "is_open").sort("observed_at")
    return mains.unique(OFFER, keep="last", maintain_order=True)


@cache
def results(sport: Sport) -> pl.DataFrame:
    """What came of who took part: event_id, subject, market, actual."""
    if sport is Sport.MLB:
        starts = told(sport).latest(raw.RAW_MLB_PITCHER_GAME).filter("is_starter")
        played = starts.rename({"pitcher_id": "player_id"})
    else:
        played = (
            told(sport).latest(raw.RAW_NBA_PLAYER_BOX).filter(pl.col("status") == "played").rename({"fg3m": "threes"})
        )
        played = played.rename({"threes": "fg3m"})
    who = pl.format("{}:{}", pl.lit(sport.value), "player_id").alias("subject")
    markets = [m for m in MARKETS.values() if m.sport is sport]
    return pl.concat(
        played.select("event_id", who, pl.lit(m.name).alias("market"), m.stat_expr().alias("actual")) for m in markets
    )


@SPORTS
def test_books_charge_their_hold(sport: Sport) -> None:
    mains = closing(sport)
    for book in BOOKS:
        if not book.is_dfs:
            held = mains.filter(pl.col("book") == book.key)["hold"]
            assert held.median() == pytest.approx(book.hold, abs=0.006)
    assert (mains["hold"] > 0).mean() > 0.999  # type: ignore[operator]


@SPORTS
def test_fair_prices_are_unbiased(sport: Sport) -> None:
    """One offer per participant: books share their errors, and several rows of one man are one observation."""
    mains = closing(sport).unique(["event_id", "market", "subject"], maintain_order=True)
    half = mains.filter(pl.col("line") % 1 == 0.5).join(results(sport), on=["event_id", "subject", "market"])
    for market in half["market"].unique().sort().to_list():
        rows = half.filter(pl.col("market") == market)
        p, over = rows["p_over"].to_numpy(), (rows["actual"] > rows["line"]).to_numpy()
        assert rows.height > 500
        assert abs((over - p).sum()) / np.sqrt((p * (1 - p)).sum()) < WORST_Z, market


@SPORTS
def test_the_market_knows_more_than_a_coin_and_less_than_the_truth(sport: Sport) -> None:
    quotes = priced(told(sport).latest(RAW_QUOTES)).filter("is_open", pl.col("line") % 1 == 0.5).sort("observed_at")
    last = quotes.unique([*OFFER, "line"], keep="last", maintain_order=True)
    known = last.join(results(sport), on=["event_id", "subject", "market"]).join(
        told(sport).feed.truth.rename({"participant_id": "subject"}),
        on=["event_id", "subject", "market"],
        validate="m:1",
    )
    over = (known["actual"] > known["line"]).to_numpy()
    market, truth = known["p_over"].to_numpy(), true_p_over(known)
    assert log_loss(truth, over) < log_loss(market, over) < log_loss(np.full(len(over), over.mean()), over)
    error = np.abs(market - truth)
    assert 0.005 < error.mean() < 0.06


def true_p_over(rows: pl.DataFrame) -> FloatArray:
    parts = np.zeros(rows.height)
    for name in rows["market"].unique().to_list():
        chosen = np.flatnonzero((rows["market"] == name).to_numpy())
        of_market = rows[chosen]
        true = laws(of_market, MARKETS[name])
        parts[chosen] = true.probabilities(np.arange(len(chosen)), of_market["line"].to_numpy())[0]
    return parts


@SPORTS
def test_results_follow_the_laws_of_the_truth_table(sport: Sport) -> None:
    """Through the tables: the truth's row of an event and a person is the law of that person's count in the box."""
    truth = told(sport).feed.truth.rename({"participant_id": "subject"})
    for market in markets_of(sport):
        known = truth.filter(pl.col("market") == market.name).join(results(sport), on=["event_id", "subject", "market"])
        true, actual = laws(known, market), known["actual"].to_numpy().astype(np.int64)
        rows = np.arange(len(actual))
        pit = true.cdf[rows, actual] - true.pmf[rows, actual] * np.random.default_rng(0).random(len(actual))
        observed, expected = np.histogram(pit, 10, (0, 1))[0], len(actual) / 10
        assert known.height > 1_000
        assert ((observed - expected) ** 2 / expected).sum() < 9 + WORST_Z * np.sqrt(2 * 9), market.name
        assert known.select((pl.col("mean") - pl.Series(true.mean)).abs().max()).item() < 1e-9


def log_loss(p: FloatArray, came: BoolArray) -> float:
    safe = np.clip(p, 1e-4, 1 - 1e-4)
    return float(-np.where(came, np.log(safe), np.log(1 - safe)).mean())


@SPORTS
def test_lines_and_prices_move_between_polls(sport: Sport) -> None:
    mains = told(sport).latest(RAW_QUOTES).filter(~pl.col("is_alternate"), pl.col("book_type") == "sportsbook")
    moves = mains.group_by(OFFER).agg(pl.len().alias("states"), pl.col("line").n_unique().alias("lines"))
    assert (moves["states"] > 1).mean() > 0.7  # type: ignore[operator]
    assert 0.02 < (moves["lines"] > 1).mean() < 0.5  # type: ignore[operator]


@SPORTS
def test_a_line_that_is_left_is_closed_at_the_same_look(sport: Sport) -> None:
    """At no look does one book have two main lines on one man."""
    mains = told(sport).latest(RAW_QUOTES).filter(~pl.col("is_alternate")).sort("observed_at")
    change = pl.when("is_open").then(1).otherwise(-1)
    per_line = mains.with_columns(
        change=change
        - change.shift(1).over(*OFFER, "line").eq(1).fill_null(value=False) * pl.col("is_open").cast(pl.Int64)
    )
    standing = per_line.group_by(*OFFER, "observed_at").agg(pl.col("change").sum()).sort("observed_at")
    total = standing.select(pl.col("change").cum_sum().over(OFFER)).to_series()
    assert total.is_between(0, 1).all()


@SPORTS
def test_states_are_told_only_when_they_change(sport: Sport) -> None:
    quotes = told(sport).latest(RAW_QUOTES).sort("observed_at")
    state = pl.struct("over_price", "under_price", "is_open")
    repeats = quotes.filter((state == state.shift(1).over(*OFFER, "line")).fill_null(value=False))
    assert repeats.is_empty()
    assert not quotes.select(RAW_QUOTES.key).is_duplicated().any()
    assert quotes["quote_id"].n_unique() == quotes.height


@SPORTS
def test_every_awkward_offer_exists(sport: Sport) -> None:
    quotes = told(sport).latest(RAW_QUOTES)
    assert quotes["is_alternate"].any()
    assert quotes.filter(pl.col("under_price").is_null()).height > 0
    assert quotes.filter(~pl.col("is_open")).height > 0
    assert (quotes["line"] % 1 == 0).any()
    assert set(quotes.filter(pl.col("book_type") == "dfs")["over_price"]) == {-137}
    books = quotes.filter(pl.col("book_type") == "sportsbook").group_by("event_id", "market", "subject")
    counts = books.agg(pl.col("book").n_unique())["book"]
    assert set(counts) == {1, 2, 3, 4}


@SPORTS
def test_voids_exist_and_some_of_them_are_quoted_to_the_end(sport: Sport) -> None:
    quotes = told(sport).latest(RAW_QUOTES)
    played = results(sport).select("event_id", "subject").unique()
    over = quotes.filter(pl.col("event_id").is_in(played["event_id"].unique().to_list()))
    people = over.select("event_id", "subject").unique()
    absent = people.join(played, on=["event_id", "subject"], how="anti")
    assert 0.015 < absent.height / people.height < 0.09
    last = over.sort("observed_at").unique([*OFFER, "line"], keep="last").join(absent, on=["event_id", "subject"])
    still = last.group_by("event_id", "subject").agg(pl.col("is_open").any())["is_open"]
    assert 0 < still.sum() < still.len()


@SPORTS
def test_quotes_in_play_are_apart_and_refused(sport: Sport) -> None:
    in_play = told(sport).feed.in_play
    assert in_play.height > 0
    assert split(RAW_QUOTES, in_play).good.is_empty()
    assert split(RAW_QUOTES, told(sport).latest(RAW_QUOTES)).bad.is_empty()


@SPORTS
def test_polls_name_who_answered_and_the_last_one_is_a_true_close(sport: Sport) -> None:
    polls, quotes = told(sport).latest(RAW_QUOTE_POLLS), told(sport).latest(RAW_QUOTES)
    per_event = polls.group_by("event_id", "market").len()["len"]
    assert per_event.max() == len(POLL_LEADS)
    asked = polls.explode("books_answered").select("event_id", "market", "poll_at", book="books_answered")
    seen = quotes.select("event_id", "market", "book", poll_at="observed_at").unique()
    assert seen.join(asked, on=seen.columns, how="anti").is_empty()
    starts = quotes.group_by("event_id").agg(pl.col("starts_at").max())
    lead = polls.group_by("event_id").agg(pl.col("poll_at").max()).join(starts, on="event_id")
    assert ((lead["starts_at"] - lead["poll_at"]).dt.total_minutes() <= 15).mean() > 0.95  # type: ignore[operator]


@SPORTS
def test_everybody_quoted_has_a_truth(sport: Sport) -> None:
    truth = told(sport).feed.truth.rename({"participant_id": "subject"})
    quotes = told(sport).latest(RAW_QUOTES).select("event_id", "subject", "market").unique()
    assert quotes.join(truth, on=quotes.columns, how="anti").is_empty()
    assert truth["p_plays"].is_between(0.2, 1).all()
