"""The vendor's events: what it said about each over time, and which of our games each one is."""

from collections.abc import Sequence

import polars as pl

from propcast.sources.history.offers import VENDOR
from propcast.tables.raw import RAW_VENDOR_EVENTS
from propcast.tables.schema import INSTANT

_EVENT = ["sport", "vendor_event_id"]
_MATCHUP = ["sport", "home", "away", "game_day"]
_WIDEST_GAP = pl.duration(hours=3)
_SIGHTING = pl.Schema(
    {
        "sport": pl.String(),
        "vendor_event_id": pl.String(),
        "season": pl.String(),
        "home": pl.String(),
        "away": pl.String(),
        "game_day": pl.Date(),
        "native_id": pl.String(),
        "commence_time": INSTANT,
        "observed_at": INSTANT,
        "source": pl.String(),
    }
)


def sightings(offers: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return what the files say about vendor events, each distinct statement once."""
    return pl.concat([pl.DataFrame(schema=_SIGHTING), *(frame.select(_SIGHTING.names()).unique() for frame in offers)])


def map_events(seen: pl.DataFrame, games: pl.DataFrame) -> pl.DataFrame:
    """Return one row per vendor event: its teams and day, the last `starts_at` it gave, and our `event_id`.

    The game's own number decides (the one stated last: in a doubleheader a pitcher may move to the other game); else
    the one known game of that home, away and day that no other vendor event has, the nearest start (within three
    hours) among several; else the event is our own `{sport}:odds:{vendor id}`: quoted, and as far as anybody knows
    never played.
    """
    events = seen.sort("observed_at", "native_id", "source", nulls_last=False).group_by(_EVENT, maintain_order=True)
    merged = events.agg(
        pl.col("season", "home", "away", "game_day").drop_nulls().first(),
        pl.col("native_id").drop_nulls().last(),
        pl.col("commence_time").drop_nulls().last().alias("starts_at"),
        pl.col("observed_at").min().alias("first_seen"),
    )
    numbered = pl.format("{}:{}", "sport", "native_id").alias("by_number")
    by_number = merged.with_columns(numbered)
    free = games.join(by_number, left_on="event_id", right_on="by_number", how="anti")
    matched = _match(by_number.filter(pl.col("by_number").is_null()), free)
    mapped = by_number.join(matched, on=_EVENT, how="left", maintain_order="left")
    own = pl.format("{}:odds:{}", "sport", "vendor_event_id")
    return mapped.with_columns(pl.coalesce("by_number", "by_match", own).alias("event_id")).drop(
        "by_number", "by_match", "native_id"
    )


def _match(unnumbered: pl.DataFrame, games: pl.DataFrame) -> pl.DataFrame:
    """Pair vendor events with games one to one."""
    gap = (pl.col("starts_at") - pl.col("starts_at_game")).abs()
    pairs = unnumbered.join(games, on=_MATCHUP, suffix="_game").with_columns(gap.alias("gap"))
    is_only_game = pl.len().over(_EVENT) == 1
    is_near = pl.col("gap") <= _WIDEST_GAP
    usable = pairs.filter(is_only_game | is_near).sort("gap", "first_seen", "vendor_event_id", nulls_last=True)
    nearest = usable.unique(_EVENT, keep="first", maintain_order=True)
    return nearest.unique("event_id", keep="first", maintain_order=True).select(
        *_EVENT, pl.col("event_id").alias("by_match")
    )


def event_states(seen: pl.DataFrame, events: pl.DataFrame) -> list[pl.DataFrame]:
    """Return `raw_vendor_events`: each change of an event's start is a state; frame n holds the n-th states.

    An event that no snapshot dates has one state of unknown time.
    """
    named = events.drop_nulls(["home", "away"]).drop("starts_at")
    timed = seen.filter(pl.col("observed_at").is_not_null(), pl.col("commence_time").is_not_null())
    moments = timed.sort("observed_at", "commence_time").unique(
        [*_EVENT, "observed_at"], keep="last", maintain_order=True
    )
    is_change = pl.col("commence_time").ne_missing(pl.col("commence_time").shift(1).over(_EVENT))
    changes = moments.filter(is_change).select(*_EVENT, pl.col("commence_time").alias("starts_at"), "observed_at")
    undated = events.join(changes, on=_EVENT, how="anti").select(
        *_EVENT, "starts_at", pl.col("first_seen").alias("observed_at")
    )
    states = pl.concat([changes, undated]).join(named, on=_EVENT)
    turn = pl.col("observed_at").rank("ordinal").over(_EVENT).fill_null(1)
    rows = states.with_columns(turn.alias("turn"), pl.lit(VENDOR).alias("vendor"), pl.lit(VENDOR).alias("source"))
    return [RAW_VENDOR_EVENTS.conform(frame) for _, frame in sorted(rows.partition_by("turn", as_dict=True).items())]
