"""The resolver and devig on the real history."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from propcast.core.arrays import FloatArray
from propcast.core.implied import by_market, implied_mean, p_over_at
from propcast.core.odds import DEFAULT_DEVIG, DevigMethod, devig, implied_probability

pytestmark = pytest.mark.history


def fair(frame: pl.DataFrame, method: DevigMethod = DEFAULT_DEVIG) -> FloatArray:
    over, under = (implied_probability(frame[f"{s}_price"].cast(pl.Float64).to_numpy()) for s in ("over", "under"))
    return devig(over, under, method)


def test_multiplicative_devig_is_what_the_source_of_the_strikeout_quotes_used(history: Path) -> None:
    quotes = pl.read_parquet(history / "mlb_k_lines.parquet")
    theirs = quotes["p_over_devig"].cast(pl.Float64).to_numpy()
    ours = fair(quotes, DevigMethod.MULTIPLICATIVE)
    assert np.isnan(ours).tolist() == np.isnan(theirs).tolist()
    assert np.nanmax(np.abs(ours - theirs)) < 1e-6


def test_every_real_price_implies_a_mean_that_gives_it_back(history: Path) -> None:
    quotes = pl.read_parquet(history / "nba_points_lines.parquet").filter(pl.col("book_type") == "sportsbook")
    p = fair(quotes)
    names = pl.repeat("points", quotes.height, eager=True)
    means = by_market(names, implied_mean, quotes["line"], pl.Series(p))
    back = by_market(names, p_over_at, pl.Series(means), quotes["line"])
    assert np.isnan(means).tolist() == np.isnan(p).tolist()
    assert np.nanmax(np.abs(back - p)) < 1e-9
