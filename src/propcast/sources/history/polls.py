"""When the books were looked at: poll rows, and the withdrawals that two polls imply.

`standing` frames are quotes that were on offer, with `last_seen_at` where the file says how long.
"""

import polars as pl

_POLL = ["sport", "event_id", "market", "game_day", "source", "poll_at"]
_OFFER = ["event_id", "market", "offered_on", "book", "line"]


def snapshot_polls(standing: pl.DataFrame) -> pl.DataFrame:
    """Return one poll per event, market and snapshot, with the sorted books that had a quote standing."""
    dated = standing.filter(pl.col("observed_at").is_not_null())
    return _polls(dated.rename({"observed_at": "poll_at"}))


def standing_polls(standing: pl.DataFrame) -> pl.DataFrame:
    """Return the polls of a change log: every instant of the game day at which an offer of the event stood."""
    spans = standing.select(*_POLL[:-1], "book", "starts_at", "observed_at", "last_seen_at").unique()
    seen = spans.join(_instants(standing), on="game_day")
    stood = pl.col("poll_at").is_between("observed_at", "last_seen_at") & _before_start()
    return _polls(seen.filter(stood))


def withdrawals(standing: pl.DataFrame) -> pl.DataFrame:
    """Return each offer closed at its game day's first poll after its last sight, if that was before the start.

    None where the same offer (event, market, person, book, line) stood in that poll after all.
    """
    offers = standing.with_columns(pl.coalesce("subject", "raw_name").alias("offered_on"))
    polls = _instants(standing).sort("poll_at")
    gone = (
        offers.sort("last_seen_at")
        .join_asof(
            polls,
            left_on="last_seen_at",
            right_on="poll_at",
            by="game_day",
            strategy="forward",
            allow_exact_matches=False,
            check_sortedness=False,
        )
        .filter(_before_start())
    )
    sights = offers.select(*_OFFER, pl.col("observed_at").alias("from_at"), pl.col("last_seen_at").alias("until_at"))
    stood = gone.join(sights, on=_OFFER).filter(pl.col("poll_at").is_between("from_at", "until_at"))
    closed = gone.join(stood, on=[*_OFFER, "poll_at"], how="anti")
    return closed.with_columns(pl.col("poll_at").alias("observed_at"), pl.lit(False).alias("is_open"))


def _before_start() -> pl.Expr:
    """A poll before the start; where the start is unknown, any poll."""
    return pl.col("poll_at").is_not_null() & (pl.col("poll_at") < pl.col("starts_at")).fill_null(True)


def _instants(standing: pl.DataFrame) -> pl.DataFrame:
    """Return the instants at which anything of a game day was seen for the first or last time."""
    first = standing.select("game_day", pl.col("observed_at").alias("poll_at"))
    last = standing.select("game_day", pl.col("last_seen_at").alias("poll_at"))
    return pl.concat([first, last]).drop_nulls().unique()


def _polls(seen: pl.DataFrame) -> pl.DataFrame:
    return seen.group_by(_POLL).agg(pl.col("book").unique().sort().alias("books_answered"))
