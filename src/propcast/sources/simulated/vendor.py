"""What the odds vendor says about events, and who the league's people are."""

import polars as pl

from propcast.core.provenance import SIMULATED
from propcast.sources.names import participant, with_name_keys
from propcast.sources.simulated.bookmakers import VENDOR
from propcast.sources.simulated.careers import People
from propcast.tables.raw import RAW_VENDOR_EVENTS
from propcast.tables.reference import REF_PLAYERS

ANNOUNCED_AHEAD = pl.duration(hours=30)
"""A vendor lists an event from thirty hours before its start."""


def vendor_events(facts: pl.DataFrame) -> pl.DataFrame:
    """Return `raw_vendor_events` of games with `event_id, sport, season, game_day, home, away, starts_at`."""
    return RAW_VENDOR_EVENTS.conform(
        facts.with_columns(
            vendor=pl.lit(VENDOR),
            vendor_event_id=pl.col("event_id").str.split(":").list.last(),
            observed_at=pl.col("starts_at") - ANNOUNCED_AHEAD,
            source=pl.lit(SIMULATED),
        )
    )


def ref_players(people: People, known_at: pl.Expr, **hands: pl.Series) -> pl.DataFrame:
    """Return `ref_players`; `hands` are the columns `bats` and `throws` where the sport has them."""
    rows = pl.DataFrame({"player_id": people.ids, "full_name": people.names, **hands}).with_columns(
        sport=pl.lit(people.league.sport.value), observed_at=known_at, source=pl.lit(SIMULATED)
    )
    named = with_name_keys(rows, "full_name")
    return REF_PLAYERS.conform(named.with_columns(participant_id=participant(pl.col("player_id"))))
