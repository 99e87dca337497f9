"""Expected strikeouts bottom-up: the batting order, as deep as the pitcher is expected to go (DOMAIN 5.3)."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from propcast.core.arrays import FloatArray
from propcast.precompute.mlb.inputs import MlbInputs
from propcast.precompute.mlb.matchups import slot_rates
from propcast.precompute.mlb.orders import SLOTS, batting_orders
from propcast.precompute.mlb.totals import STAMPS, totals_before
from propcast.precompute.mlb.workload import MAX_BATTERS, batters_faced_pmf, survival

PASSES: Final = 3
MIN_PASS_APPEARANCES: Final = 400
"""Plate appearances in each pass through the order below which no pass effect is fitted."""

_PASS_OF_BATTER = np.minimum(np.arange(MAX_BATTERS) // SLOTS, PASSES - 1)
_SLOT_OF_BATTER = np.arange(MAX_BATTERS) % SLOTS


@dataclass(frozen=True)
class StrikeoutSum:
    """Mean and sd of strikeouts over a start, one per row."""

    mean: FloatArray
    sd: FloatArray


def lineup_strikeouts(contexts: pl.DataFrame, inputs: MlbInputs) -> pl.DataFrame:
    """Return for each context, in its order, the columns of MLB_LINEUP_K from `expected_k` on, and STAMPS.

    `contexts` carry the pitcher's rates, the league's, the park factor and the projected batters faced. All but
    `known_batters` are null where no batting order of the opponent is known.
    """
    numbered = contexts.with_row_index("row")
    orders = batting_orders(numbered, inputs.lineups, inputs.team_games)
    slots = slot_rates(numbered, orders, inputs.batter_games)
    summary = slots.group_by("row").agg(
        pl.col("batter_rate").sort_by("slot").mean().alias("lineup_k_pct"),
        pl.when(pl.col("same_side").is_not_null().all()).then(pl.col("same_side").mean()).alias("platoon_share"),
        pl.col(STAMPS).max(),
    )
    confirmed = orders.group_by("row").agg(known_batters=pl.col("is_confirmed").sum().cast(pl.Int64()))
    joined = (
        numbered.join(_sums(numbered, slots, inputs), on="row", how="left", maintain_order="left")
        .join(summary, on="row", how="left", maintain_order="left")
        .join(confirmed, on="row", how="left", maintain_order="left")
    )
    columns = ["expected_k", "expected_k_sd", "lineup_k_pct", "platoon_share", *STAMPS]
    return joined.select(*columns, pl.col("known_batters").fill_null(0))


def _sums(contexts: pl.DataFrame, slots: pl.DataFrame, inputs: MlbInputs) -> pl.DataFrame:
    known = contexts.join(slots.select("row").unique(), on="row", how="semi", maintain_order="left")
    per_slot = slots.sort("row", "slot")
    rates, variances = (per_slot[name].to_numpy().reshape(-1, SLOTS) for name in ("rate", "rate_var"))
    effects = pass_effects(known, inputs.plate_appearances) * known["park_k_factor"].to_numpy()[:, None]
    pmf = batters_faced_pmf(known["bf_projected"].cast(pl.Float64()).to_numpy())
    total = strikeout_sum(rates, variances, effects, pmf)
    return known.select("row").with_columns(
        expected_k=pl.Series(total.mean, dtype=pl.Float64()), expected_k_sd=pl.Series(total.sd, dtype=pl.Float64())
    )


def strikeout_sum(rates: FloatArray, variances: FloatArray, effects: FloatArray, pmf: FloatArray) -> StrikeoutSum:
    """Return the strikeouts of a start: `E[K] = Σ P(BF ≥ n)·k_n`, and its sd with an uncertain line-up's spread.

    Shapes: `rates` and `variances` (n, 9) by slot, `effects` (n, 3) multiply the odds in each pass through the order,
    `pmf` (n, 37) of batters faced. `Var = E_BF[Σ k(1−k)] + Var_BF[Σ k] + Σ_slot (Σ P(BF ≥ n))²·var_slot`.
    """
    k = _adjusted(rates[:, _SLOT_OF_BATTER], effects[:, _PASS_OF_BATTER])
    reached = survival(pmf)
    mean = (reached * k).sum(axis=1)
    running = np.concatenate([np.zeros((len(k), 1)), np.cumsum(k, axis=1)], axis=1)
    of_length = (pmf * running**2).sum(axis=1) - mean**2
    of_batters = (reached * k * (1 - k)).sum(axis=1)
    visits = reached.reshape(len(k), MAX_BATTERS // SLOTS, SLOTS).sum(axis=1)
    of_lineup = (visits**2 * variances).sum(axis=1)
    return StrikeoutSum(mean, np.sqrt(of_length + of_batters + of_lineup))


def pass_effects(contexts: pl.DataFrame, plate_appearances: pl.DataFrame) -> FloatArray:
    """Return how much the odds of a strikeout change in passes 1, 2 and 3+, as known before each context; mean 1.

    Fitted on the starters' plate appearances of this season and last; 1 while any pass has fewer than 400.
    """
    rows = plate_appearances.filter("vs_starter").with_columns(
        [column.cast(pl.Int64()).alias(name) for i in range(PASSES) for name, column in _pass_counts(i).items()]
    )
    names = [name for i in range(PASSES) for name in _pass_counts(i)]
    this, last = (totals_before(contexts, rows, {s: "season"}, names).select(names) for s in ("season", "last_season"))
    counts = (this.to_numpy() + last.to_numpy()).astype(np.float64)
    faced, struck_out = counts[:, 0::2], counts[:, 1::2]
    enough = (faced.min(axis=1, keepdims=True) >= MIN_PASS_APPEARANCES) & (struck_out.min(axis=1, keepdims=True) > 0)
    safe_faced = np.where(enough, faced, 1.0)
    share = np.where(enough, struck_out, 0.5) / safe_faced
    relative = share / (1 - share)
    fitted = relative / np.average(relative, axis=1, weights=safe_faced, keepdims=True)
    effects: FloatArray = np.where(enough, fitted, 1.0)
    return effects


def _pass_counts(number: int) -> dict[str, pl.Expr]:
    through = pl.col("times_through").clip(upper_bound=PASSES) == number + 1
    return {f"pa_{number}": through, f"k_{number}": through & pl.col("is_strikeout")}


def _adjusted(rates: FloatArray, effects: FloatArray) -> FloatArray:
    changed = rates / (1 - rates) * effects
    result: FloatArray = changed / (1 + changed)
    return result
