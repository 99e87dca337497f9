"""Special functions of whole arrays; their library is loaded with the first call, for most processes never make one."""

from propcast.core.arrays import FloatArray


def load() -> None:
    """Load the library, a third of a second, beside other work: who knows that he will need it asks ahead."""
    from scipy import special  # noqa: F401


def ndtr(x: FloatArray) -> FloatArray:
    """Return Φ(x), the standard normal distribution function."""
    from scipy import special

    value: FloatArray = special.ndtr(x)
    return value


def ndtri(p: FloatArray) -> FloatArray:
    """Return Φ⁻¹(p), the standard normal quantile; ±∞ at 0 and 1, NaN outside."""
    from scipy import special

    value: FloatArray = special.ndtri(p)
    return value


def betainc(a: FloatArray, b: FloatArray, x: FloatArray | float) -> FloatArray:
    """Return the regularised incomplete beta function."""
    from scipy import special

    value: FloatArray = special.betainc(a, b, x)
    return value


def gammaincc(a: FloatArray, x: FloatArray) -> FloatArray:
    """Return the regularised upper incomplete gamma function."""
    from scipy import special

    value: FloatArray = special.gammaincc(a, x)
    return value
