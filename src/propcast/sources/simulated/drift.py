"""Numbers that change slowly from day to day."""

import numpy as np

from propcast.core.arrays import FloatArray


def drifting(rng: np.random.Generator, rows: int, days: int, kept: float) -> FloatArray:
    """Return standard normal numbers per row and day; `kept` is their correlation from one day to the next."""
    steps = rng.standard_normal((rows, days))
    numbers = np.empty_like(steps)
    numbers[:, 0] = steps[:, 0]
    for day in range(1, days):
        numbers[:, day] = kept * numbers[:, day - 1] + np.sqrt(1 - kept**2) * steps[:, day]
    return numbers
