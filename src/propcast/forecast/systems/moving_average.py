"""The moving average: recent form, shrunk, adjusted for opponent, pace, fatigue or park."""

import polars as pl

from propcast.core.reasons import Reason
from propcast.forecast.systems.base import UNTRAINED, Forecasts, SlateInputs, counted, with_reasons
from propcast.forecast.systems.contributions import top_columns
from propcast.forecast.systems.expectation import expectation, terms, with_league


class MovingAverage:
    """Forecasts the formula expectation with the market's dispersion."""

    name = "moving_average"
    model_id = UNTRAINED

    def forecast(self, inputs: SlateInputs) -> Forecasts:
        """Forecast whoever has history; a missing factor is FEATURES_MISSING."""
        rows = slate_with_league(inputs)
        opinions = rows.select(
            expectation(inputs.market).alias("mean"),
            pl.coalesce("reason", pl.when(expectation(inputs.market).is_null()).then(pl.lit(Reason.FEATURES_MISSING))),
        )
        return counted(self, inputs, opinions, top_columns(rows.select(terms(inputs.market))))


def slate_with_league(inputs: SlateInputs) -> pl.DataFrame:
    """Return the features with reasons and the league reference as of the slate, which the pool's season feeds."""
    rows = with_reasons(inputs)
    if "opp_k_pct_vs_hand" not in rows.columns:
        return rows
    shared = ["season", "game_day", "opp_k_pct_vs_hand"]
    earlier = inputs.pool.filter(pl.col("game_day") < rows["game_day"].min()) if inputs.pool.width else rows.clear()
    league = with_league(pl.concat([earlier.select(shared), rows.select(shared)])).tail(rows.height)
    return rows.with_columns(league["league_k_pct"])
