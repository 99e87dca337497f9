"""The pool: weights renormalised over who speaks, at least two of them."""

import numpy as np
import pytest

from propcast.core.distributions import negative_binomial
from propcast.core.errors import InputError
from propcast.core.reasons import Reason
from propcast.forecast.systems.base import Forecasts, SlateInputs
from propcast.forecast.systems.ensemble import ensemble
from tests.forecast.slates import POINTS, nba_slate

INPUTS = nba_slate(3, days=2, line_consensus=None)


def member(name: str, mean: float, reasons: list[list[str]] | None = None) -> Forecasts:
    why: list[list[str]] = reasons or [[], [], []]
    means = np.array([np.nan if r else mean for r in why])
    counts = negative_binomial(means, np.full(3, 3.0), POINTS.max_count)
    return Forecasts(name, f"{name}-1", INPUTS.features.select("event_id", "participant_id"), counts, why, [None] * 3)


def test_equal_weights_average_means_and_probabilities() -> None:
    members = [member("a", 10.0), member("b", 20.0)]
    pooled = ensemble(members, INPUTS).distributions
    assert pooled.mean == pytest.approx(15.0, abs=1e-3)
    assert np.allclose(pooled.pmf, (members[0].distributions.pmf + members[1].distributions.pmf) / 2)


def test_weights_are_renormalised_over_the_members_that_speak() -> None:
    """Trap: weights of 0.2 + 0.2 left unnormalised when the third member is silent."""
    absent: list[list[str]] = [["NO_LINE"], [], []]
    members = [member("a", 10.0), member("b", 20.0), member("c", 40.0, absent)]
    pooled = ensemble(members, INPUTS, {"a": 0.2, "b": 0.2, "c": 0.6}).distributions
    assert pooled.mean[0] == pytest.approx(15.0, abs=1e-3)
    assert pooled.mean[1] == pytest.approx(0.2 * 10 + 0.2 * 20 + 0.6 * 40, abs=1e-2)
    assert pooled.pmf.sum(axis=1) == pytest.approx(1.0)


def test_fewer_than_two_members_give_their_reasons() -> None:
    silent = [[Reason.LOW_SIMILARITY.value], [], []]
    missing = [[Reason.FEATURES_MISSING.value]] * 3
    said = ensemble([member("a", 10.0), member("b", 20.0, silent), member("c", 0.0, missing)], INPUTS)
    assert said.reasons == [[Reason.LOW_SIMILARITY, Reason.FEATURES_MISSING], [], []]


def test_a_member_without_weight_does_not_make_two() -> None:
    said = ensemble([member("a", 10.0), member("b", 20.0)], INPUTS, {"a": 1.0})
    assert not said.spoken.any()
    assert all(reasons == [Reason.FEATURES_MISSING] for reasons in said.reasons)


@pytest.mark.parametrize("weights", [{"a": 0.5, "b": 0.3}, {"a": 1.5, "b": -0.5}])
def test_weights_that_are_no_shares_are_refused(weights: dict[str, float]) -> None:
    with pytest.raises(InputError, match="sum to 1"):
        ensemble([member("a", 10.0), member("b", 20.0)], INPUTS, weights)


def test_another_member_model_is_another_ensemble() -> None:
    plain = ensemble([member("a", 10.0), member("b", 20.0)], INPUTS)
    other = ensemble([member("a", 10.0), member("c", 20.0)], INPUTS)
    assert plain.model_id != other.model_id


def test_its_side_follows_the_pool_not_the_majority_of_members() -> None:
    """Trap: two of three members lean under, the pool leans over."""
    inputs = SlateInputs(POINTS, INPUTS.features, INPUTS.consensus, INPUTS.pool)
    pooled = ensemble([member("a", 9.0), member("b", 9.0), member("c", 16.0)], inputs).distributions
    over, _, under = pooled.probabilities(np.array([0]), np.array([9.5]))
    single_over, _, single_under = member("a", 9.0).distributions.probabilities(np.array([0]), np.array([9.5]))
    assert single_over[0] < single_under[0]
    assert over[0] > single_over[0]
    assert over[0] + under[0] == pytest.approx(1.0)
