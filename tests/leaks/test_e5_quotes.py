"""E5: every quote that was used had been observed before the start."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from propcast.backends.warehouse.port import In, Stamp
from propcast.core.errors import ContractViolation
from propcast.core.sport import Sport
from propcast.tables.analytics import EVENTS
from propcast.tables.forecasts import CLOSING_LINES, CONSENSUS_LINES, DECISIONS, PREDICTIONS
from propcast.tables.raw import RAW_QUOTE_POLLS, RAW_QUOTES
from tests.leaks.archive import Archive, analysed, read_archive, slate_of
from tests.leaks.worlds import World
from tests.pipeline.conftest import NOW, open_home

SPORTS = pytest.mark.parametrize("sport", list(Sport))


def used_quotes(world: World, sport: Sport) -> pl.DataFrame:
    """Every quote behind a price, a bet or the consensus of the world's days, with its event's start."""
    days = tuple(day.date for day in world.days[sport])
    where = [In("sport", (sport,)), In("game_day", days)]
    read = world.backends.warehouse.read
    predictions, decisions, consensus = (read(t, where) for t in (PREDICTIONS, DECISIONS, CONSENSUS_LINES))
    parts = [
        predictions.select(quote_id="over_quote_id"),
        predictions.select(quote_id="under_quote_id"),
        decisions.select("quote_id"),
        consensus.select(pl.col("quote_ids").alias("quote_id")).explode("quote_id"),
    ]
    used = pl.concat(parts).drop_nulls().unique()
    moments = consensus.select("event_id", "as_of").unique()
    starts = read(EVENTS, [In("game_day", days)]).select("event_id", pl.col("starts_at").alias("event_starts_at"))
    known = used.join(read(RAW_QUOTES, where), on="quote_id", how="left", validate="1:1")
    return known.join(moments, on="event_id", how="left").join(starts, on="event_id", how="left")


@pytest.mark.proves("E5", "L38")
@SPORTS
def test_every_used_quote_was_observed_before_the_start(world: World, sport: Sport) -> None:
    used = used_quotes(world, sport)
    seen = pl.col("observed_at")
    in_time = (seen < pl.col("starts_at")) & (seen < pl.col("event_starts_at")) & (seen <= pl.col("as_of"))
    assert used.height > 0
    assert used.filter(~in_time.fill_null(value=False)).is_empty()


@pytest.mark.proves("E5", "L38")
@SPORTS
def test_every_close_was_seen_before_the_start(world: World, sport: Sport) -> None:
    closes = world.backends.warehouse.read(CLOSING_LINES, [In("sport", (sport,))])
    events = world.backends.warehouse.read(EVENTS, columns=["event_id", "starts_at"])
    late = closes.join(events, on="event_id").filter(pl.col("observed_at") >= pl.col("starts_at"))
    assert closes.height > 0
    assert late.is_empty()


@pytest.mark.proves("E5", "L38")
@SPORTS
def test_quotes_and_polls_in_play_change_nothing(world: World, sport: Sport) -> None:
    """Quotes seen at the start, after it, or nobody knows when: slate and closes are what they are without them."""
    day = world.days[sport][1]
    archive = read_archive(world.backends, sport, day)
    shelves = [analysed(each, day) for each in (archive, with_play(archive))]
    clean, dirty = (slate_of(archive, shelf, day, None) for shelf in shelves)
    assert clean["quotes"].height > 0
    for name in ("quotes", "consensus", "contexts", "features"):
        assert_frame_equal(dirty[name], clean[name], check_exact=True)
    closes, other = (shelf.read(CLOSING_LINES).sort(CLOSING_LINES.key) for shelf in shelves)
    assert closes.filter(pl.col("game_day") == day.date).height > 0
    assert_frame_equal(other, closes, check_exact=True)


def with_play(archive: Archive) -> Archive:
    """Add to every quote its successors in play, on a far line and at a price of their own, and polls beside them."""
    quotes, polls = archive.frames[RAW_QUOTES.name], archive.frames[RAW_QUOTE_POLLS.name]
    start = pl.col("starts_at")
    moments = [start, start + timedelta(minutes=5), pl.lit(None, pl.Datetime("us", "UTC"))]
    in_play = [
        quotes.drop_nulls("starts_at").with_columns(
            moment.alias("observed_at"),
            pl.format("{}-{}", "quote_id", pl.lit(n)).alias("quote_id"),
            pl.lit(-105, pl.Int64).alias("over_price"),
            pl.col("line") + move,
        )
        for n, moment in enumerate(moments)
        for move in (0, 5)
    ]
    starts = quotes.drop_nulls("starts_at").group_by("event_id").agg(start.max())
    late = polls.join(starts, on="event_id").with_columns(poll_at=start + timedelta(minutes=5)).select(polls.columns)
    return archive.with_frames(
        {RAW_QUOTES.name: pl.concat([quotes, *in_play]), RAW_QUOTE_POLLS.name: pl.concat([polls, late])}
    )


@pytest.mark.proves("E5", "L38")
@SPORTS
def test_once_all_have_started_no_quote_is_in_force(world: World, sport: Sport) -> None:
    day = world.days[sport][-1]
    archive = read_archive(world.backends, sport, day)
    starts = archive.frames[RAW_QUOTES.name].filter(pl.col("game_day") == day.date)["starts_at"].drop_nulls()
    late = starts.sort()[-1]
    slate = slate_of(archive, analysed(archive, day), day, late)
    assert slate["quotes"].is_empty()
    assert slate["consensus"].is_empty()


@pytest.mark.proves("E5", "L38")
def test_the_store_refuses_a_quote_in_play(world: World, tmp_path: Path) -> None:
    quotes = world.backends.warehouse.read(RAW_QUOTES, [In("game_day", (world.days[Sport.NBA][0].date,))]).head(3)
    home = open_home(tmp_path)
    late = quotes.with_columns(observed_at=pl.col("starts_at"))
    with pytest.raises(ContractViolation, match="in play"):
        home.warehouse.write(RAW_QUOTES, late, Stamp("test", NOW))
    assert home.warehouse.count(RAW_QUOTES) == 0
