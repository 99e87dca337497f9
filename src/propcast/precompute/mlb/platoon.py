"""A pitcher's strikeout rate against left- and right-handed batters."""

import polars as pl

from propcast.core.shrinkage import PITCHER_STRIKEOUT_BATTERS, shrunk_ratio
from propcast.precompute.mlb.totals import STAMPS, totals_before

_FEATURES = {"L": "k_pct_vs_lhb", "R": "k_pct_vs_rhb"}


def platoon_rates(contexts: pl.DataFrame, plate_appearances: pl.DataFrame, k_pct_shrunk: pl.Series) -> pl.DataFrame:
    """Return for each context, in its order, `k_pct_vs_lhb`, `k_pct_vs_rhb`, and STAMPS.

    Plate appearances of this season's starts, shrunk to his own `k_pct_shrunk` (k = 100). Without plate appearances
    that rate stands alone.
    """
    rows = plate_appearances.filter("vs_starter").with_columns(
        [column.cast(pl.Int64()).alias(name) for side in _FEATURES for name, column in _counts(side).items()]
    )
    values = [name for side in _FEATURES for name in _counts(side)]
    sums = totals_before(contexts, rows, {"season": "season", "player_id": "pitcher_id"}, values)
    rates = [
        shrunk_ratio(pl.col(f"k_{side}"), pl.col(f"pa_{side}"), pl.col("k_pct_shrunk"), PITCHER_STRIKEOUT_BATTERS)
        for side in _FEATURES
    ]
    named = [rate.alias(feature) for rate, feature in zip(rates, _FEATURES.values(), strict=True)]
    return sums.with_columns(k_pct_shrunk).select(*named, *STAMPS)


def _counts(side: str) -> dict[str, pl.Expr]:
    faced = pl.col("bat_side") == side
    return {f"pa_{side}": faced, f"k_{side}": faced & pl.col("is_strikeout")}
