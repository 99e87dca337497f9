"""Quotes with their prices read: devigged probability, hold, and what is wrong with the offer (DOMAIN 8.2)."""

from collections.abc import Sequence

import polars as pl

from propcast.core.arrays import FloatArray
from propcast.core.distributions import by_market, implied_mean
from propcast.core.odds import DEFAULT_DEVIG, DevigMethod, devig, hold, implied_probability
from propcast.core.reasons import Reason
from propcast.core.resolver import SUBJECT

IS_DFS = pl.col("book_type") == "dfs"


def with_fair_prices(quotes: pl.DataFrame, method: DevigMethod = DEFAULT_DEVIG) -> pl.DataFrame:
    """Add `p_over` (fair, no push), `hold` and `price_fault` (a reason, or null) to quotes.

    DFS prices are synthetic and say nothing: those rows have neither probability nor hold nor fault.
    """
    over, under = (implied_probability(_floats(quotes, f"{side}_price")) for side in ("over", "under"))
    return (
        quotes.with_columns(
            pl.Series("p_over", devig(over, under, method), nan_to_null=True),
            pl.Series("hold", hold(over, under), nan_to_null=True),
        )
        .with_columns(_price_fault().alias("price_fault"))
        .with_columns(
            pl.when(pl.col("price_fault").is_null() & ~IS_DFS).then("p_over"),
            pl.when(pl.col("price_fault").is_null() & ~IS_DFS).then("hold"),
        )
    )


def main_lines(priced: pl.DataFrame, subject: Sequence[str] = SUBJECT) -> pl.DataFrame:
    """Return each sportsbook's main line per subject, with the mean that it implies under the market's family.

    The main line is the fairly priced line whose P(over) is nearest one half; the lower one of a tie.
    """
    unevenness = (pl.col("p_over") - 0.5).abs().round(9)
    chosen = (
        priced.filter(pl.col("p_over").is_not_null(), pl.col("book_type") == "sportsbook")
        .sort(unevenness, "line")
        .unique([*subject, "book"], keep="first", maintain_order=True)
    )
    means = by_market(chosen["market"], implied_mean, chosen["line"], chosen["p_over"])
    return chosen.with_columns(pl.Series("implied_mean", means, nan_to_null=True))


def _floats(frame: pl.DataFrame, column: str) -> FloatArray:
    return frame[column].cast(pl.Float64).to_numpy()


def _price_fault() -> pl.Expr:
    missing = pl.col("over_price").is_null() | pl.col("under_price").is_null()
    return (
        pl.when(IS_DFS)
        .then(None)
        .when(missing)
        .then(pl.lit(Reason.ONE_SIDED.value))
        .when(pl.col("p_over").is_null())
        .then(pl.lit(Reason.CROSSED_QUOTE.value))
    )
