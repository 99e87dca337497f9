"""Similarity: residuals of like games, earlier days only, the same answer in any company."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from propcast.core.reasons import Reason
from propcast.forecast.systems.base import SlateInputs
from propcast.forecast.systems.expectation import expectation
from propcast.forecast.systems.kernel import Scale, effective_size, likeness
from propcast.forecast.systems.neighbours import EXPECTED, RESIDUAL, neighbours
from propcast.forecast.systems.similarity import DESCRIPTORS, Similarity
from tests.forecast.slates import POINTS, TONIGHT, mlb_slate, nba_slate


def with_pool(inputs: SlateInputs, pool: pl.DataFrame) -> SlateInputs:
    return SlateInputs(inputs.market, inputs.features, inputs.consensus, pool)


@pytest.mark.proves("E1", "L34")
@pytest.mark.parametrize("inputs", [nba_slate(), mlb_slate()], ids=["nba", "mlb"])
@pytest.mark.parametrize("days_later", [0, 1, 30])
def test_games_of_the_day_and_later_change_nothing(inputs: SlateInputs, days_later: int) -> None:
    later = inputs.pool.with_columns(
        pl.lit(TONIGHT + timedelta(days=days_later)).alias("game_day"), pl.lit(25.0).alias("actual")
    )
    said = Similarity().forecast(with_pool(inputs, pl.concat([inputs.pool, later])))
    assert said.distributions.params == Similarity().forecast(inputs).distributions.params


def test_what_like_games_missed_by_is_added_to_tonights_expectation() -> None:
    inputs = nba_slate(line_consensus=None)
    above = inputs.pool.with_columns((expectation(POINTS) + 3.0).alias("actual"))
    expected = inputs.features.select(expectation(POINTS)).to_series().to_numpy()
    said = Similarity().forecast(with_pool(inputs, above))
    assert said.distributions.mean == pytest.approx(expected + 3.0, abs=0.01)


def test_with_fewer_than_eight_effective_games_it_abstains() -> None:
    inputs = nba_slate()
    few = inputs.pool.filter(pl.col("game_day") == TONIGHT - timedelta(days=1)).head(5)
    for pool in (few, inputs.pool.clear()):
        said = Similarity().forecast(with_pool(inputs, pool))
        assert set(map(tuple, said.reasons)) == {(Reason.LOW_SIMILARITY,)}


def test_games_without_a_result_do_not_count() -> None:
    inputs = nba_slate()
    void = inputs.pool.with_columns(pl.lit(None, pl.Float64).alias("actual"))
    assert Similarity().forecast(with_pool(inputs, void)).reasons[0] == [Reason.LOW_SIMILARITY]


def test_his_own_games_count_once_each() -> None:
    inputs = nba_slate()
    his = inputs.features["participant_id"][3]
    own = inputs.pool.filter(pl.col("participant_id") == his).head(12)
    prepared = own.with_columns(pl.lit(10.0).alias(EXPECTED), pl.lit(1.0).alias(RESIDUAL))
    slate = inputs.features[3:4].with_columns(pl.lit(10.0).alias(EXPECTED))
    near = neighbours(slate, prepared, DESCRIPTORS[POINTS.sport])
    assert (near.weights > 0).sum() == 12


def test_the_kernel_by_hand() -> None:
    targets, games = np.array([[0.0, 1.0, np.nan]]), np.array([[1.0, 1.0, 5.0], [0.0, np.nan, np.nan]])
    weights = likeness(targets, games, np.array([[0, 1]]), bandwidth=2.0, min_shared=2)
    assert weights == pytest.approx(np.array([[np.exp(-(1.0 * 3 / 2) / 8.0), 0.0]]))


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_kernel_equals_the_definition_written_out(seed: int) -> None:
    draw = np.random.default_rng(seed)
    targets, games = draw.normal(size=(3, 4)), draw.normal(size=(5, 4))
    games[draw.random((5, 4)) < 0.3] = np.nan
    index = draw.integers(0, 5, (3, 6))
    found = likeness(targets, games, index, bandwidth=1.3, min_shared=2)
    for i, row in enumerate(index):
        for j, g in enumerate(row):
            gaps = [(t - v) ** 2 for t, v in zip(targets[i], games[g], strict=True) if not np.isnan(v)]
            expected = np.exp(-np.mean(gaps) * 4 / (2 * 1.3**2)) if len(gaps) >= 2 else 0.0
            assert found[i, j] == pytest.approx(expected)


def test_effective_size_counts_equal_weights_and_ignores_nothing() -> None:
    weights = np.array([[1.0, 1.0, 1.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0], [3.0, 1.0, 0.0, 0.0]])
    assert effective_size(weights) == pytest.approx([3.0, 1.0, 0.0, 1.6])


def test_a_descriptor_without_spread_says_nothing() -> None:
    scale = Scale.of(np.array([[1.0, 2.0], [1.0, 4.0]]))
    standardised = scale.standardise(np.array([[7.0, 4.0]]))
    assert np.isnan(standardised[0, 0])
    assert standardised[0, 1] == pytest.approx(1.0)
