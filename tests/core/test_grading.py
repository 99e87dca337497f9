"""Scores of single predictions from their stored distributions."""

import numpy as np
import polars as pl
import pytest

from propcast.core.distributions import negative_binomial, poisson
from propcast.core.grading import scores
from propcast.core.scoring import crps
from tests.core.builders import Row, prediction, predictions


def scored(actual: float, *rows: Row, counts: bool = True) -> pl.DataFrame:
    return scores(predictions(*rows).with_columns(pl.lit(actual).alias("actual"), pl.lit(counts).alias("counts")))


def test_crps_is_that_of_the_rebuilt_distribution_in_the_order_of_the_rows() -> None:
    few = negative_binomial(np.array([12.0, 21.0]), np.array([3.2, 2.9]), 110)
    other = poisson(np.array([15.0]), 110)
    rows = [
        prediction(prediction_id="a", params=few.params[0]),
        prediction(prediction_id="b", family=other.family, params=other.params[0]),
        prediction(prediction_id="c", params=few.params[1]),
        prediction(prediction_id="d", params=few.params[0], line=14.5),
        prediction(prediction_id="e", params=None, family=None),
    ]
    direct = crps(np.vstack([few.pmf, other.pmf]), np.full(3, 18.0))
    found = scored(18.0, *rows)["crps"].to_list()
    assert found == [*(pytest.approx(direct[i]) for i in (0, 2, 1, 0)), None]


def test_pit_is_drawn_from_the_id_and_stays_the_same() -> None:
    rows = [prediction(prediction_id=f"p{i}") for i in range(300)]
    first, again = scored(20.0, *rows)["pit"], scored(20.0, *rows)["pit"]
    low, high = 0.43, 0.53
    assert first.equals(again)
    assert first.n_unique() == 300
    assert low < first.min() < first.max() < high  # type: ignore[operator]


def test_rows_that_do_not_count_are_not_scored() -> None:
    found = scored(20.0, prediction(), counts=False)
    assert found.null_count().sum_horizontal().item() == found.width
