"""Expectations over beta-distributed shares, by Gauss–Jacobi quadrature."""

import numpy as np

from propcast.core.arrays import FloatArray


def beta_nodes(a: FloatArray, b: FloatArray, count: int) -> tuple[FloatArray, FloatArray]:
    """Return `count` points in 0–1 and their weights (sum 1) on a new last axis, for beta(a, b) of any shape.

    Polynomials up to degree 2·count − 1 are integrated exactly (Golub and Welsch 1969).
    """
    alpha, beta = b - 1.0, a - 1.0
    both = alpha + beta
    matrix = np.zeros((*a.shape, count, count))
    matrix[..., 0, 0] = (beta - alpha) / (both + 2)
    for n in range(1, count):
        twice = 2 * n + both
        matrix[..., n, n] = (beta - alpha) * both / (twice * (twice + 2))
        top = 4 * n * (n + alpha) * (n + beta) * (n + both) if n > 1 else 4 * (1 + alpha) * (1 + beta)
        bottom = twice**2 * (twice + 1) * (twice - 1) if n > 1 else twice**2 * (twice + 1)
        matrix[..., n, n - 1] = matrix[..., n - 1, n] = np.sqrt(top / bottom)
    values, vectors = np.linalg.eigh(matrix)
    return (1.0 + values) / 2.0, vectors[..., 0, :] ** 2
