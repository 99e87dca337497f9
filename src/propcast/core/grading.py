"""Scores of single predictions: distribution scores, and P(over) beside the market on the same rows (DOMAIN 9.4)."""

import numpy as np
import polars as pl

from propcast.core.arrays import FloatArray
from propcast.core.distributions import rebuild
from propcast.core.identity import short_hash
from propcast.core.markets import market
from propcast.core.scoring import brier, crps, log_loss, pit

_HASH_DIGITS = 13
_CHUNK = 4096


def scores(rows: pl.DataFrame) -> pl.DataFrame:
    """Return `crps`, `pit`, `log_score`, `brier`, `market_log_score`, `market_brier` per row, null where not scored.

    Rows carry the columns of predictions, `actual`, and `counts` (the result is final and had action). P(over) is
    the blended one given no push; rows whose result equals the line, or where either side has no probability, have
    no probability score, so that ours and the market's stand on the same rows.
    """
    return pl.concat([_distribution_scores(rows), _probability_scores(rows)], how="horizontal")


def _probability_scores(rows: pl.DataFrame) -> pl.DataFrame:
    over, under, p_market, line, actual = (
        _floats(rows, name) for name in ("p_over_blended", "p_under_blended", "p_over_market", "line", "actual")
    )
    p_over = over / np.where(over + under > 0, over + under, np.nan)
    scored = rows["counts"].to_numpy() & (actual != line) & ~np.isnan(line + actual + p_over + p_market)
    happened = np.where(scored, (actual > line).astype(np.float64), np.nan)
    columns = {
        "log_score": log_loss(p_over, happened),
        "brier": brier(p_over, happened),
        "market_log_score": log_loss(p_market, happened),
        "market_brier": brier(p_market, happened),
    }
    return pl.DataFrame([pl.Series(name, values, nan_to_null=True) for name, values in columns.items()])


def _distribution_scores(rows: pl.DataFrame) -> pl.DataFrame:
    """Score each distinct distribution and result once; the lines of a participant share them."""
    answer = np.full((rows.height, 2), np.nan)
    scored = rows.with_row_index("row").filter(pl.col("counts") & pl.col("params").is_not_null())
    for (name, family), group in scored.group_by("market", "family", maintain_order=True):
        for part in group.iter_slices(_CHUNK):
            answer[part["row"].to_numpy()] = _crps_and_pit(part, str(name), str(family))
    return pl.DataFrame(
        [pl.Series("crps", answer[:, 0], nan_to_null=True), pl.Series("pit", answer[:, 1], nan_to_null=True)]
    )


def _crps_and_pit(part: pl.DataFrame, market_name: str, family: str) -> FloatArray:
    distinct = part["params"].unique(maintain_order=True)
    places = part.join(pl.DataFrame({"params": distinct}).with_row_index("place"), on="params", maintain_order="left")
    pmf = rebuild(family, distinct.to_list(), market(market_name).max_count).pmf[places["place"].to_numpy()]
    actual = _floats(part, "actual")
    return np.stack([crps(pmf, actual), pit(pmf, actual, _uniforms(part["prediction_id"]))], axis=1)


def _uniforms(prediction_ids: pl.Series) -> FloatArray:
    """Draw in 0–1 from each id, so that a regrade gives the same transform."""
    draws = [int(short_hash("pit", p, length=_HASH_DIGITS), 16) for p in prediction_ids.to_list()]
    return np.array(draws, dtype=np.float64) / 16.0**_HASH_DIGITS


def _floats(rows: pl.DataFrame, column: str) -> FloatArray:
    return rows[column].cast(pl.Float64).to_numpy()
