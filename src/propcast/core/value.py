"""What a bet is worth and how much of it is wise, as array functions (DOMAIN 8.4).

D is decimal odds; p_win + p_lose + p_push = 1; NaN in, NaN out.
"""

import numpy as np

from propcast.core.arrays import FloatArray


def expected_value(p_win: FloatArray, p_lose: FloatArray, decimal: FloatArray) -> FloatArray:
    """Return the expected profit per unit staked, `p_win·(D − 1) − p_lose`; a push returns the stake."""
    return p_win * (decimal - 1.0) - p_lose


def fair_decimal(p_win: FloatArray, p_lose: FloatArray) -> FloatArray:
    """Return the decimal odds at which the bet is worth nothing, `(p_win + p_lose) / p_win`; NaN when it never wins."""
    return (p_win + p_lose) / np.where(p_win > 0, p_win, np.nan)


def kelly(p_win: FloatArray, p_lose: FloatArray, decimal: FloatArray) -> FloatArray:
    """Return the full Kelly fraction `(p_win·b − p_lose) / (b·(p_win + p_lose))`, b = D − 1; 0 for a losing bet."""
    profit = decimal - 1.0
    settled = profit * (p_win + p_lose)
    return np.maximum((p_win * profit - p_lose) / np.where(settled > 0, settled, np.nan), 0.0)
