"""Batter against pitcher: shrunk rates of the nine and the log5 rate of each slot."""

import polars as pl

from propcast.analytics.windows import CUTOFF
from propcast.core.shrinkage import BATTER_STRIKEOUT_APPEARANCES, shrunk_ratio
from propcast.precompute.mlb.totals import STAMPS, totals_before

_HAND_COUNTS = ["pa_vs_lhp", "k_vs_lhp", "pa_vs_rhp", "k_vs_rhp"]


def odds(rate: pl.Expr) -> pl.Expr:
    """Return the odds of a probability."""
    return rate / (1 - rate)


def log5(batter: pl.Expr, pitcher: pl.Expr, league: pl.Expr) -> pl.Expr:
    """Return the rate of a match-up on the odds scale: `o_b·o_p/o_L` (DOMAIN 5.3)."""
    matched = odds(batter) * odds(pitcher) / odds(league)
    return matched / (1 + matched)


def slot_rates(contexts: pl.DataFrame, orders: pl.DataFrame, batter_games: pl.DataFrame) -> pl.DataFrame:
    """Return one line per context and slot, sorted by both: means over the batters who may stand there.

    Columns: `row`, `slot`, `rate` (log5), `rate_var` (its variance over those batters), `batter_rate`, `same_side`
    (share on the pitcher's side, null if a hand is unknown), and STAMPS. `contexts` carry the pitcher's rates and the
    league's.
    """
    facts = [
        "row",
        "throws",
        CUTOFF,
        "season",
        "last_season",
        "league_k_pct",
        "k_pct_shrunk",
        "k_pct_vs_lhb",
        "k_pct_vs_rhb",
    ]
    matches = _with_batter_rates(orders.join(contexts.select(facts), on="row"), batter_games)
    rate = log5(pl.col("batter_rate"), _pitcher_rate(), pl.col("league_k_pct"))
    same = pl.col("bats") == pl.col("throws")
    return (
        matches.with_columns(rate.alias("rate"), same.alias("same"))
        .sort("row", "slot", "rate", "batter_rate")
        .group_by("row", "slot", maintain_order=True)
        .agg(
            pl.col("rate", "batter_rate").mean(),
            pl.col("rate").var(ddof=0).alias("rate_var"),
            pl.when(pl.col("same").is_not_null().all()).then(pl.col("same").mean()).alias("same_side"),
            pl.col("last_day").max(),
            pl.max_horizontal("last_seen", "observed_at").max().alias("last_seen"),
        )
    )


def _with_batter_rates(matches: pl.DataFrame, batter_games: pl.DataFrame) -> pl.DataFrame:
    """Add `batter_rate`: against this hand, k = 60 to his overall rate, that to last season's, that to the league's."""
    key = ["batter_id", "season", CUTOFF]
    batters = matches.select(*key, "last_season").unique()
    this, last = (
        totals_before(batters, batter_games, {season: "season", "batter_id": "player_id"}, ["pa", "k", *_HAND_COUNTS])
        for season in ("season", "last_season")
    )
    counts = pl.concat(
        [batters.select(key), this, last.drop(*STAMPS).select(pl.all().name.suffix("_last"))], how="horizontal"
    )
    k = BATTER_STRIKEOUT_APPEARANCES
    before = shrunk_ratio(pl.col("k_last"), pl.col("pa_last"), pl.col("league_k_pct"), k)
    overall = shrunk_ratio(pl.col("k"), pl.col("pa"), before, k)
    versus = {
        side: shrunk_ratio(pl.col(f"k_vs_{side}hp"), pl.col(f"pa_vs_{side}hp"), overall, k) for side in ("l", "r")
    }
    throws = pl.col("throws")
    rate = pl.when(throws == "L").then(versus["l"]).when(throws == "R").then(versus["r"]).otherwise(overall)
    return matches.join(counts, on=key, how="left").with_columns(rate.alias("batter_rate"))


def _pitcher_rate() -> pl.Expr:
    """His rate against the side from which the batter stands in; switch hitters bat from the opposite one."""
    opposite = pl.when(pl.col("throws") == "L").then(pl.lit("R")).when(pl.col("throws") == "R").then(pl.lit("L"))
    side = pl.when(pl.col("bats") == "S").then(opposite).otherwise("bats")
    left, right = pl.col("k_pct_vs_lhb"), pl.col("k_pct_vs_rhb")
    return pl.when(side == "L").then(left).when(side == "R").then(right).otherwise("k_pct_shrunk")
