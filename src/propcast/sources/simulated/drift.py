"""Numbers that change slowly from day to day."""

import numpy as np

from propcast.core.arrays import FloatArray


def drifting(rng: np.random.Generator, shape: tuple[int, ...], kept: float) -> FloatArray:
    """Return standard normal numbers of shape (rows, days); `kept` is their correlation from one day to the next."""
    steps = rng.standard_normal(shape)
    numbers = np.empty_like(steps)
    numbers[:, 0] = steps[:, 0]
    for day in range(1, shape[1]):
        numbers[:, day] = kept * numbers[:, day - 1] + np.sqrt(1 - kept**2) * steps[:, day]
    return numbers
