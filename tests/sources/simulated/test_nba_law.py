"""The law that is stated is the law that was drawn from: mean, variance and PIT of every market."""

from functools import cache

import numpy as np
import pytest

from propcast.core.arrays import FloatArray, IntArray
from propcast.core.markets import MARKETS, markets_of
from propcast.core.sport import Sport
from propcast.sources.simulated.nba.law import tabulate
from tests.sources.simulated.worlds import nba

EVERY_SECOND = 2
WORST_Z = 3.3
"""One test in a thousand of a true law would go wrong; the seed is fixed, so none does now and then."""

MARKET = pytest.mark.parametrize("market", [market.name for market in markets_of(Sport.NBA)])


def places() -> IntArray:
    found: IntArray = np.argwhere(nba().who.plays)[::EVERY_SECOND]
    return found


def counted(market: str) -> IntArray:
    outcome, at = nba().outcome, tuple(places().T)
    parts = {
        "pts": outcome.points,
        "reb": outcome.offensive + outcome.defensive,
        "ast": outcome.assists,
        "fg3m": outcome.made[..., 3:].sum(axis=-1),
    }
    total: IntArray = np.sum([parts[stat][at] for stat in MARKETS[market].stat], axis=0)
    return total


@cache
def laws(market: str) -> FloatArray:
    return tabulate(nba().rates, nba().who, places(), MARKETS[market])


@MARKET
def test_outcomes_have_the_stated_mean_and_variance(market: str) -> None:
    law, actual = laws(market), counted(market)
    counts = np.arange(law.shape[1])
    mean = law @ counts
    score = (actual - mean) / np.sqrt(law @ counts**2 - mean**2)
    n = len(actual)
    assert abs(score.mean()) * np.sqrt(n) < WORST_Z
    # The square of a count's score is skewed: its own spread gives the tolerance.
    assert abs((score**2).mean() - 1) / ((score**2).std() / np.sqrt(n)) < WORST_Z


@MARKET
def test_probability_integral_transforms_are_uniform(market: str) -> None:
    law, actual = laws(market), counted(market)
    rows = np.arange(len(actual))
    below = np.cumsum(law, axis=1)[rows, actual] - law[rows, actual]
    pit = below + law[rows, actual] * np.random.default_rng(0).random(len(actual))
    observed, expected = np.histogram(pit, 20, (0, 1))[0], len(actual) / 20
    chi_square = ((observed - expected) ** 2 / expected).sum()
    assert chi_square < 19 + WORST_Z * np.sqrt(2 * 19)


@MARKET
def test_laws_are_distributions_with_nothing_cut_off(market: str) -> None:
    law = laws(market)
    assert np.allclose(law.sum(axis=1), 1)
    assert (law >= 0).all()
    assert law[:, -1].max() < 1e-6


def test_the_means_of_stars_are_right_too() -> None:
    """A law that were right on average only would miss those who shoot most."""
    law, actual = laws("points"), counted("points")
    counts = np.arange(law.shape[1])
    mean = law @ counts
    stars = mean > 20
    error = (actual - mean)[stars]
    assert stars.sum() > 200
    assert abs(error.mean()) / (error.std() / np.sqrt(stars.sum())) < WORST_Z


def test_a_true_law_is_wider_than_poisson() -> None:
    law = laws("points")
    counts = np.arange(law.shape[1])
    mean = law @ counts
    ratio = (law @ counts**2 - mean**2) / mean
    assert 2.3 < np.median(ratio[mean > 8]) < 3.3


def test_the_chance_to_play_is_what_comes_true() -> None:
    who = nba().who
    asked = ~who.is_out
    chance, plays = who.chance[asked], who.plays[asked]
    for low, high in ((0.2, 0.6), (0.6, 0.9), (0.9, 1.0)):
        group = (chance > low) & (chance <= high)
        spread = np.sqrt((chance[group] * (1 - chance[group])).sum())
        assert group.sum() > 200
        assert abs((plays[group] - chance[group]).sum()) / spread < WORST_Z
    assert not who.plays[who.is_out].any()
