"""What the odds vendor says about events, and who the league's people are."""

import polars as pl

from propcast.core.arrays import IntArray
from propcast.core.provenance import SIMULATED
from propcast.sources.names import participant, with_name_keys
from propcast.sources.simulated.bookmakers import VENDOR
from propcast.sources.simulated.league import League
from propcast.tables.raw import RAW_VENDOR_EVENTS
from propcast.tables.reference import REF_PLAYERS

_LISTED_AHEAD = pl.duration(hours=30)


def vendor_event_states(facts: pl.DataFrame) -> list[pl.DataFrame]:
    """Return `raw_vendor_events`: listed thirty hours ahead, and again where the start was moved.

    `facts` have `event_id, sport, season, game_day, home, away, listed_start, starts_at, moved_at`.
    """
    named = facts.with_columns(
        vendor=pl.lit(VENDOR), vendor_event_id=pl.col("event_id").str.split(":").list.last(), source=pl.lit(SIMULATED)
    )
    listed = named.with_columns(starts_at=pl.col("listed_start"), observed_at=pl.col("listed_start") - _LISTED_AHEAD)
    moved = named.filter(pl.col("moved_at").is_not_null()).with_columns(observed_at=pl.col("moved_at"))
    return [RAW_VENDOR_EVENTS.conform(listed), RAW_VENDOR_EVENTS.conform(moved)]


def ref_players(league: League, ids: IntArray, names: list[str], known_at: pl.Expr, **hands: pl.Series) -> pl.DataFrame:
    """Return `ref_players`; `hands` are the columns `bats` or `throws` where the sport has them."""
    rows = pl.DataFrame({"player_id": ids, "full_name": names, **hands}).with_columns(
        sport=pl.lit(league.sport.value), observed_at=known_at, source=pl.lit(SIMULATED)
    )
    named = with_name_keys(rows, "full_name")
    return REF_PLAYERS.conform(named.with_columns(participant_id=participant(pl.col("player_id"))))
