"""The exact law of every count, tabulated from its generating function.

Given the script and his minutes share m, a count of a player has the generating function (∏ (1 + m·A(z))·(1 + m·B(z)))ⁿ
for n slots of each kind, A for those of his own side, B for those of the other. Shares are betas and scripts have known
chances, so that the law is a finite mixture of powers of polynomials.
"""

from dataclasses import dataclass

import numpy as np

from propcast.core.arrays import FloatArray, IntArray
from propcast.core.markets import Market
from propcast.sources.simulated.beta import beta_nodes
from propcast.sources.simulated.nba.rates import AND_ONE, KINDS, VALUES, Rates
from propcast.sources.simulated.nba.rotation import CONCENTRATION, Rotation

_NODES = 6
_ROWS_AT_ONCE = 512
_HIGHEST = {"points": 90, "rebounds": 45, "assists": 40, "threes": 25, "points_rebounds_assists": 125}
"""Counts beyond these have no weight in any game that can be."""
_TWO = VALUES == 2


@dataclass(frozen=True)
class _Given:
    """What is known of some players' games; axes (kind, script, row), zones last."""

    chances: FloatArray
    slots: IntArray
    share: FloatArray
    plays: FloatArray
    shot: FloatArray
    makes: FloatArray
    trips: FloatArray
    free_throws: FloatArray
    assists: FloatArray
    offensive: FloatArray
    defensive: FloatArray


def tabulate(rates: Rates, who: Rotation, places: IntArray, market: Market) -> FloatArray:
    """Return P(count = k | he plays), shape (rows, max_count + 1), of players given as (game, side, place) rows.

    The players must have played: an absent one has no minutes plan to condition on.
    """
    pmf = np.zeros((len(places), market.max_count + 1))
    highest = min(_HIGHEST[market.name], market.max_count)
    for start in range(0, len(places), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        pmf[rows, : highest + 1] = _masses(_given(rates, who, places[rows]), market, highest)
    laws: FloatArray = pmf / pmf.sum(axis=1, keepdims=True)
    return laws


def _given(rates: Rates, who: Rotation, places: IntArray) -> _Given:
    game, side, place = places.T
    at = (game, side, place)
    return _Given(
        chances=rates.scripts[:, game],
        slots=rates.slots[:, game],
        share=who.share[:, *at],
        plays=rates.plays[:, *at],
        shot=rates.shot[at],
        makes=rates.makes[:, :, *at],
        trips=rates.trips[at],
        free_throws=rates.free_throws[at],
        assists=rates.assists[:, :, *at],
        offensive=rates.offensive[:, :, *at],
        defensive=rates.defensive[:, :, *at],
    )


def _masses(given: _Given, market: Market, highest: int) -> FloatArray:
    """Return the probabilities of 0 … highest, one row per player."""
    m, weights = beta_nodes(CONCENTRATION * given.share, CONCENTRATION * (1 - given.share), _NODES)
    own, other = _own(given, market), _other(given, market)[..., None]
    slot = np.ones((1, *m.shape))
    for kind in range(len(KINDS)):
        for added in (own[kind], other[kind]):
            slot = _product(slot, _polynomial(added, m))
    powers = _power(slot, given.slots[..., None], highest)
    masses: FloatArray = np.einsum("ksrn,srn->rk", powers, given.chances[..., None] * weights)
    return masses


def _polynomial(added: FloatArray, m: FloatArray) -> FloatArray:
    """Return the coefficients of 1 + m·Σ added_j·(z^j − 1), degrees first."""
    terms = np.moveaxis(added, -1, 0)[..., None] * m
    used = terms[: 1 + max(np.flatnonzero(terms.any(axis=(1, 2, 3))), default=-1)]
    return np.concatenate([1 - used.sum(axis=0, keepdims=True), used])


def _product(left: FloatArray, right: FloatArray) -> FloatArray:
    """Return the coefficients of the product of two polynomials, degrees first."""
    product = np.zeros((len(left) + len(right) - 1, *left.shape[1:]))
    for degree, coefficient in enumerate(right):
        product[degree : degree + len(left)] += coefficient * left
    return product


def _power(base: FloatArray, exponent: IntArray, highest: int) -> FloatArray:
    """Return the coefficients 0 … highest of polynomials to a power (Euler's recurrence), degrees first."""
    powers = np.zeros((highest + 1, *base.shape[1:]))
    powers[0] = base[0] ** exponent
    relative = base[1:] / base[0]
    for k in range(1, highest + 1):
        for j in range(1, min(k, len(relative)) + 1):
            powers[k] += (j * (exponent + 1) - k) / k * relative[j - 1] * powers[k - j]
    return np.maximum(powers, 0.0)


def _own(given: _Given, market: Market) -> FloatArray:
    """Return the chances that a slot of his side adds 1, 2 or 3, per unit of share; last axis of 3."""
    nothing = np.zeros_like(given.assists)
    if market.name == "threes":
        return np.stack([given.plays * _shots(given, ~_TWO), nothing, nothing], axis=-1)
    ones = {"assists": given.assists, "rebounds": given.offensive}.get(market.name)
    if ones is not None:
        return np.stack([ones, nothing, nothing], axis=-1)
    points = _points(given)
    if market.name == "points_rebounds_assists":
        points[..., 0] += given.assists + given.offensive
    return points


def _other(given: _Given, market: Market) -> FloatArray:
    """Return the chance that a slot of the other side adds 1: defensive rebounds."""
    rebounds = market.name in ("rebounds", "points_rebounds_assists")
    return given.defensive if rebounds else np.zeros_like(given.defensive)


def _points(given: _Given) -> FloatArray:
    t, trips = given.free_throws, given.trips
    plus_one = (given.shot * given.makes * AND_ONE).sum(axis=-1) * t
    once = np.broadcast_to(trips * 2 * t * (1 - t), plus_one.shape)
    twice = trips * t**2 + _shots(given, _TWO) - plus_one
    points: FloatArray = given.plays[..., None] * np.stack([once, twice, _shots(given, ~_TWO) + plus_one], axis=-1)
    return points


def _shots(given: _Given, zones: np.ndarray) -> FloatArray:
    made: FloatArray = (given.shot * given.makes)[..., zones].sum(axis=-1)
    return made
