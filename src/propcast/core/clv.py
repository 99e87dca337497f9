"""Closing line value: how the price and the line we took compare with the close (DOMAIN 9.3)."""

import numpy as np
import polars as pl

from propcast.core.closing import CONSENSUS
from propcast.core.distributions import by_market, p_over_at, p_push_at
from propcast.core.odds import decimal_odds
from propcast.core.reasons import Decision
from propcast.core.value import expected_value

_KEY = ("event_id", "participant_id", "market")


def closing_values(bets: pl.DataFrame, closing: pl.DataFrame) -> pl.DataFrame:
    """Return `clv_prob`, `clv_price`, `clv_line` per row; null for what is no bet or has no true close.

    The close is the consensus one: its implied mean prices the bet's own line, whatever line it closed at. Rows carry
    `decision`, `price`, `line` and `p_over_market` (devigged at the bet's line when the bet was made).
    """
    close = closing.filter(pl.col("book") == CONSENSUS, pl.col("is_true_close")).select(
        *_KEY, pl.col("line").alias("close_line"), pl.col("implied_mean").alias("close_mean")
    )
    rows = bets.join(close, on=_KEY, how="left", validate="m:1", maintain_order="left")
    is_over, is_under = ((rows["decision"] == side.value).to_numpy() for side in (Decision.OVER, Decision.UNDER))
    sign = np.where(is_over, 1.0, np.where(is_under, -1.0, np.nan))
    p_over, p_push = (by_market(rows["market"], at, rows["close_mean"], rows["line"]) for at in (p_over_at, p_push_at))
    line, close_line, p_bet, price = (
        rows[name].cast(pl.Float64).to_numpy() for name in ("line", "close_line", "p_over_market", "price")
    )
    p_side = np.where(is_over, p_over, 1.0 - p_over) * (1.0 - p_push)
    values = {
        "clv_prob": sign * (p_over - p_bet),
        "clv_price": np.abs(sign) * expected_value(p_side, 1.0 - p_push - p_side, decimal_odds(price)),
        "clv_line": sign * (close_line - line),
    }
    return pl.DataFrame([pl.Series(name, value, nan_to_null=True) for name, value in values.items()])
