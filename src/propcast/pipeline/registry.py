"""What the model registry says, for whoever loads no model."""

from collections.abc import Sequence

import polars as pl

from propcast.backends.compose import Backends
from propcast.backends.warehouse.port import In
from propcast.core.gameday import GameDay
from propcast.core.markets import Market
from propcast.tables.forecasts import MODELS


def registered(backends: Backends, market: Market) -> pl.DataFrame:
    """Return the registry rows of a market."""
    return backends.warehouse.read(MODELS, [In("market", (market.name,))])


def newest(backends: Backends, markets: Sequence[Market], day: GameDay) -> pl.DataFrame:
    """Return, per market and system, the row of the newest model fitted only on game days before `day`."""
    known = backends.warehouse.read(MODELS, [In("market", tuple(market.name for market in markets))])
    fitted = known.filter(pl.col("train_until") <= day.date).sort("train_until", "trained_at")
    return fitted.group_by("market", "system", maintain_order=True).last().sort("market", "system")
