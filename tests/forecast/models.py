"""A small trained model, made once per test run."""

from functools import cache

import polars as pl

from propcast.core.gameday import GameDay
from propcast.core.markets import Market
from propcast.forecast.artefact import Artefact
from propcast.forecast.training import train
from tests.forecast.slates import POINTS, STRIKEOUTS, TONIGHT, mlb_rows, nba_rows, pool

UNTIL = GameDay(TONIGHT)


@cache
def rows(market: Market) -> pl.DataFrame:
    """Return eighty days of scored rows before tonight."""
    return pool(nba_rows, 80, 24) if market is POINTS else pool(mlb_rows, 80, 12, spread=2.0)


@cache
def artefact(market: Market = POINTS) -> Artefact:
    """Return a model of the market."""
    return train(market, rows(market), UNTIL)


MARKETS = (POINTS, STRIKEOUTS)
