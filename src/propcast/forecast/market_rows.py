"""What the market said about each participant of a season: line, price, and the median that both imply."""

import numpy as np
import polars as pl

from propcast.core.distributions import negative_binomial
from propcast.core.implied import dispersion, implied_mean, p_over_at
from propcast.core.markets import Market
from propcast.core.odds import decimal_odds
from propcast.forecast.columns import column, floats
from propcast.forecast.systems.base import KEY


def market_rows(market: Market, checks: pl.DataFrame, consensus: pl.DataFrame) -> pl.DataFrame:
    """Return one row per quoted participant.

    Columns: `market_line` (the median line: the baseline), `line` and `p_market` (the modal line and the devigged
    P(over | no push) there; null where prices say nothing), `over_odds` and `under_odds` (decimal, best at that line),
    `implied_median` (of line and price together).

    Sources' own consensus (`check_consensus`) comes first, ours (`consensus_lines`) fills in whom they do not have.
    """
    theirs = _of_checks(checks.filter(pl.col("market") == market.name))
    ours = _of_consensus(market, consensus.filter(pl.col("market") == market.name))
    rows = pl.concat([theirs, ours.join(theirs, on=KEY, how="anti")]).sort(KEY)
    return rows.with_columns(_implied_median(market, rows))


def _of_checks(checks: pl.DataFrame) -> pl.DataFrame:
    known = checks.filter(pl.col("event_id").is_not_null())
    priced = pl.col("book_type") != "dfs"
    odds = [column(f"{side}_odds", decimal_odds(floats(known, f"best_{side}_price"))) for side in ("over", "under")]
    return known.with_columns(odds).select(
        *KEY,
        pl.col("line_median").alias("market_line"),
        pl.col("line_mode").alias("line"),
        pl.when(priced).then("p_over_devig").alias("p_market"),
        *(pl.when(priced).then(f"{side}_odds").alias(f"{side}_odds") for side in ("over", "under")),
    )


def _of_consensus(market: Market, consensus: pl.DataFrame) -> pl.DataFrame:
    quoted = consensus.filter(pl.col("line_modal").is_not_null())
    p = p_over_at(market, floats(quoted, "implied_mean"), floats(quoted, "line_modal"))
    return quoted.select(
        *KEY,
        pl.col("line_consensus").alias("market_line"),
        pl.col("line_modal").alias("line"),
        column("p_market", p),
        pl.lit(None, pl.Float64).alias("over_odds"),
        pl.lit(None, pl.Float64).alias("under_odds"),
    )


def _implied_median(market: Market, rows: pl.DataFrame) -> pl.Series:
    mean = implied_mean(market, floats(rows, "line"), floats(rows, "p_market"))
    counts = negative_binomial(mean, dispersion(market, mean), market.max_count)
    return column("implied_median", np.asarray(counts.median))
