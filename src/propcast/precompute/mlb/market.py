"""What the market says about a participant, as features."""

import polars as pl

from propcast.core.markets import Market

_KEY = ["event_id", "participant_id"]


def market_opinion(market: Market, contexts: pl.DataFrame, consensus: pl.DataFrame) -> pl.DataFrame:
    """Return for each context, in its order, the newest consensus at or before its `as_of`, and `quoted_at`.

    Columns `line_consensus`, `p_over_devig`, `line_move` (now − first seen, both consensus) and `implied_mean`; null
    without quotes.
    """
    lines = consensus.filter(pl.col("market") == market.name).select(
        *_KEY,
        pl.col("as_of").alias("quoted_at"),
        "line_consensus",
        "p_over_devig",
        (pl.col("line_consensus") - pl.col("line_open")).alias("line_move"),
        "implied_mean",
    )
    wanted = contexts.select(*_KEY, "as_of").with_row_index("row").sort("as_of")
    found = wanted.join_asof(
        lines.sort("quoted_at"), left_on="as_of", right_on="quoted_at", by=_KEY, check_sortedness=False, coalesce=False
    )
    return found.sort("row").drop("row", "as_of", *_KEY)
