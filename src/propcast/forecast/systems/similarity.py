"""Games like tonight's: how far the count then fell from its expectation then, added to today's expectation."""

import numpy as np
import polars as pl

from propcast.core.arrays import FloatArray
from propcast.core.distributions import empirical
from propcast.core.markets import Market
from propcast.core.reasons import Reason
from propcast.core.sport import Sport
from propcast.forecast.columns import floats
from propcast.forecast.systems.base import KEY, UNTRAINED, Forecasts, SlateInputs, screened
from propcast.forecast.systems.contributions import Terms
from propcast.forecast.systems.expectation import LEAGUE, expectation, with_league
from propcast.forecast.systems.kernel import effective_size
from propcast.forecast.systems.neighbours import EXPECTED, RESIDUAL, neighbours

DESCRIPTORS = {
    Sport.NBA: (
        "minutes_projected",
        "opp_allowed_index",
        "pace_factor",
        "rest_days",
        "is_home",
        "stars_out",
        "stat_z_l5",
    ),
    Sport.MLB: ("k_pct_shrunk", "bf_projected", "opp_k_pct_vs_hand", "park_k_factor", "platoon_share"),
}
MIN_EFFECTIVE_GAMES = 8.0


def pool_columns(market: Market) -> tuple[str, ...]:
    """Return the columns of past games that this system reads, so that nothing else need be fetched."""
    read = {*expectation(market).meta.root_names(), *DESCRIPTORS[market.sport]} - {LEAGUE}
    return (*KEY, "market", "season", "game_day", "actual", *sorted(read))


class Similarity:
    """Weighs the games of players with a like role, and the player's own, by likeness of circumstances."""

    name = "similarity"
    model_id = UNTRAINED

    def forecast(self, inputs: SlateInputs) -> Forecasts:
        """Forecast where at least eight effective games are alike, else LOW_SIMILARITY."""
        described = DESCRIPTORS[inputs.market.sport]
        expectations = expectation(inputs.market).alias(EXPECTED)
        slate = with_league(inputs.features, inputs.pool).select("participant_id", "reason", *described, expectations)
        near = neighbours(slate, _earlier(inputs), described)
        size = effective_size(near.weights)
        reasons = _reasons(slate, size)
        expected = floats(slate, EXPECTED)
        speaks = np.array([not r for r in reasons], dtype=np.bool_)
        rows, games = np.nonzero((near.weights > 0) & speaks[:, None])
        values = expected[rows] + near.residuals[rows, games]
        counts = empirical(rows, values, near.weights[rows, games], slate.height, inputs.market.max_count)
        terms = np.column_stack([expected, counts.mean - expected, size])
        explained = Terms(("expectation", "residual of like games", "effective games"), terms)
        return screened(self, inputs, counts, reasons, explained)


def _earlier(inputs: SlateInputs) -> pl.DataFrame:
    """Return past games with their expectation as of then and the residual; earlier game days only."""
    expected = expectation(inputs.market)
    past = inputs.pool.select(pool_columns(inputs.market)).filter(
        (pl.col("game_day") < inputs.features["game_day"].min()) & pl.col("actual").is_not_null()
    )
    return (
        with_league(past, past)
        .lazy()
        .with_columns(expected.alias(EXPECTED))
        .with_columns((pl.col("actual") - pl.col(EXPECTED)).alias(RESIDUAL))
        .filter(pl.col(RESIDUAL).is_not_null())
        .select(*KEY, "game_day", *DESCRIPTORS[inputs.market.sport], EXPECTED, RESIDUAL)
        .collect()
    )


def _reasons(slate: pl.DataFrame, size: FloatArray) -> list[list[str]]:
    why = (
        pl.when(pl.col("reason").is_not_null())
        .then("reason")
        .when(pl.col(EXPECTED).is_null())
        .then(pl.lit(Reason.FEATURES_MISSING))
        .when(pl.lit(pl.Series(size)) < MIN_EFFECTIVE_GAMES)
        .then(pl.lit(Reason.LOW_SIMILARITY))
    )
    return [[] if reason is None else [reason] for reason in slate.select(why.alias("why"))["why"].to_list()]
