"""Partial pooling towards a prior."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propcast.core.shrinkage import shrunk, shrunk_ratio


def pooled(n: float | None, mean: float | None, prior: float | None, k: float) -> float | None:
    row = pl.DataFrame(
        {"n": [n], "mean": [mean], "prior": [prior]}, schema=dict.fromkeys(("n", "mean", "prior"), pl.Float64)
    )
    value = row.select(shrunk(pl.col("n"), pl.col("mean"), pl.col("prior"), k)).item()
    assert value is None or isinstance(value, float)
    return value


def test_k_is_how_many_own_observations_equal_the_prior() -> None:
    assert pooled(5, 30.0, 10.0, 5) == 20.0
    assert pooled(15, 30.0, 10.0, 5) == 25.0


def test_without_own_observations_the_prior_stands_alone() -> None:
    assert pooled(0, None, 12.0, 5) == 12.0


@pytest.mark.parametrize("given_row", [(None, 30.0, 10.0), (3.0, None, 10.0), (3.0, 30.0, None)])
def test_what_is_missing_stays_missing(given_row: tuple[float | None, ...]) -> None:
    n, mean, prior = given_row
    assert pooled(n, mean, prior, 5) is None


@given(n=st.floats(0, 500), mean=st.floats(0, 60), prior=st.floats(0, 60), k=st.floats(0.5, 400))
def test_the_pooled_mean_lies_between_both(n: float, mean: float, prior: float, k: float) -> None:
    value = pooled(n, mean, prior, k)
    assert value is not None
    assert min(mean, prior) - 1e-9 <= value <= max(mean, prior) + 1e-9


def test_a_ratio_of_sums_is_pooled_like_a_mean() -> None:
    row = pl.DataFrame({"k": [30.0], "bf": [100.0]})
    assert row.select(shrunk_ratio(pl.col("k"), pl.col("bf"), pl.lit(0.22), 100)).item() == pytest.approx(0.26)
