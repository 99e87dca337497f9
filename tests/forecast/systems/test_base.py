"""What every system owes: a full distribution or a reason, for each row, in order."""

import itertools

import numpy as np
import polars as pl
import pytest

from propcast.core.distributions import negative_binomial
from propcast.core.markets import Market
from propcast.core.reasons import Reason
from propcast.forecast.systems.base import SlateInputs, screened
from propcast.forecast.systems.contributions import Terms
from propcast.forecast.systems.moving_average import MovingAverage
from propcast.forecast.systems.registry import forecast_all, system_names, systems_for
from tests.forecast.slates import POINTS, STRIKEOUTS, mlb_slate, nba_slate

NO_TERMS = Terms((), np.empty((4, 0)))
SLATES = [pytest.param(nba_slate(), id="nba"), pytest.param(mlb_slate(), id="mlb")]


@pytest.mark.parametrize("inputs", SLATES)
def test_every_row_is_a_whole_distribution_or_a_reason_and_none(inputs: SlateInputs) -> None:
    for said in forecast_all(inputs, {}):
        spoken = said.spoken
        assert np.allclose(said.distributions.pmf[spoken].sum(axis=1), 1.0, atol=1e-9)
        assert np.isnan(said.distributions.pmf[~spoken]).all()
        assert all(
            (params is None) == bool(why) for params, why in zip(said.distributions.params, said.reasons, strict=True)
        )
        assert said.keys.equals(inputs.features.select("event_id", "participant_id"))


@pytest.mark.parametrize("inputs", SLATES)
def test_higher_lines_are_never_easier_to_beat(inputs: SlateInputs) -> None:
    for said in forecast_all(inputs, {}):
        rows = np.flatnonzero(said.spoken)
        over = [said.distributions.probabilities(rows, np.full(len(rows), line))[0] for line in (2.5, 3.0, 3.5, 9.5)]
        assert all((harder <= easier + 1e-12).all() for easier, harder in itertools.pairwise(over))


@pytest.mark.parametrize("inputs", SLATES)
def test_the_order_of_rows_changes_nothing(inputs: SlateInputs) -> None:
    order = np.random.default_rng(3).permutation(inputs.features.height)
    mixed = SlateInputs(
        inputs.market,
        inputs.features[order],
        inputs.consensus.sample(fraction=1, shuffle=True, seed=1),
        inputs.pool.sample(fraction=1, shuffle=True, seed=2),
    )
    for plain, shuffled in zip(forecast_all(inputs, {}), forecast_all(mixed, {}), strict=True):
        assert np.array_equal(plain.distributions.pmf[order], shuffled.distributions.pmf, equal_nan=True)
        assert [plain.reasons[i] for i in order] == shuffled.reasons
        assert [plain.contributions[i] for i in order] == shuffled.contributions
        assert plain.model_id == shuffled.model_id


@pytest.mark.parametrize("inputs", SLATES)
def test_who_else_is_on_the_slate_changes_nothing(inputs: SlateInputs) -> None:
    alone = SlateInputs(inputs.market, inputs.features.slice(4, 1), inputs.consensus, inputs.pool)
    for whole, single in zip(forecast_all(inputs, {}), forecast_all(alone, {}), strict=True):
        assert np.array_equal(whole.distributions.pmf[4], single.distributions.pmf[0], equal_nan=True)


@pytest.mark.parametrize("reason", [Reason.NOT_ON_ROSTER, Reason.START_TIME_UNKNOWN, Reason.INSUFFICIENT_HISTORY])
def test_a_reason_of_the_context_silences_whoever_needs_history(reason: Reason) -> None:
    inputs = _with_reason(nba_slate(), reason)
    for said in forecast_all(inputs, {}):
        waived = said.system == "market_implied" and reason is Reason.INSUFFICIENT_HISTORY
        assert (said.reasons[0] == []) is waived
        assert waived or reason in said.reasons[0]


def test_a_mean_beyond_the_markets_range_or_far_from_the_line_is_implausible() -> None:
    inputs = nba_slate(4, line_consensus=pl.Series([20.5, 20.5, 20.5, None]))
    said = _screen(inputs, mean=[20.0, 61.0, 3.0, 3.0])
    assert said == [[], [Reason.IMPLAUSIBLE_MEAN], [Reason.IMPLAUSIBLE_MEAN], []]


def test_a_distribution_that_does_not_sum_to_one_is_invalid() -> None:
    inputs = nba_slate(4)
    counts = negative_binomial(np.array([10.0, 10.0, 10.0, 10.0]), np.full(4, 3.0), POINTS.max_count)
    counts.pmf[1, 3] += 0.01
    counts.pmf[2] = np.nan
    said = screened(MovingAverage(), inputs, counts, [[], [], [], ["X"]], NO_TERMS)
    assert said.reasons == [[], [Reason.DISTRIBUTION_INVALID], [Reason.DISTRIBUTION_INVALID], ["X"]]
    assert np.isnan(said.distributions.pmf[1:]).all()


@pytest.mark.parametrize(("market", "names"), [
    (POINTS, {"moving_average", "zone_matchup", "similarity", "gbm_lightgbm", "market_implied", "ensemble"}),
    (STRIKEOUTS, {"moving_average", "lineup_bottom_up", "similarity", "gbm_lightgbm", "market_implied", "ensemble"}),
])  # fmt: skip
def test_each_market_has_its_systems(market: Market, names: set[str]) -> None:
    assert set(system_names(market)) == names
    assert [s.name for s in systems_for(market, {})] == list(system_names(market))[:-1]


def _with_reason(inputs: SlateInputs, reason: Reason) -> SlateInputs:
    first = pl.int_range(pl.len()) == 0
    features = inputs.features.with_columns(pl.when(first).then(pl.lit(reason)).alias("reason"))
    return SlateInputs(inputs.market, features, inputs.consensus, inputs.pool)


def _screen(inputs: SlateInputs, mean: list[float]) -> list[list[str]]:
    counts = negative_binomial(np.array(mean), np.full(4, 3.0), POINTS.max_count)
    return screened(MovingAverage(), inputs, counts, [[] for _ in mean], NO_TERMS).reasons
