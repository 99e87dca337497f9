"""Quadrature over beta-distributed shares."""

import numpy as np
from scipy.stats import beta

from propcast.sources.simulated.beta import beta_nodes

A, B = np.array([[0.7, 5.0], [30.0, 190.0]]), np.array([[120.0, 30.0], [190.0, 0.9]])


def test_moments_up_to_the_promised_degree_are_exact() -> None:
    nodes, weights = beta_nodes(A, B, 4)
    for degree in range(8):
        expected = np.vectorize(lambda a, b, n=degree: beta(a, b).moment(n) if n else 1.0)(A, B)
        assert np.allclose((weights * nodes**degree).sum(axis=-1), expected, rtol=1e-9)


def test_nodes_are_shares() -> None:
    nodes, weights = beta_nodes(A, B, 6)
    assert ((nodes > 0) & (nodes < 1)).all()
    assert (weights > 0).all()
