"""Partial pooling: the one definition of pulling a small sample towards a prior, and how hard (DOMAIN 5)."""

from typing import Final

import polars as pl

TEAM_DEF_RATING_GAMES: Final = 22.0
TEAM_PACE_GAMES: Final = 6.0
TWO_POINT_ALLOWED_ATTEMPTS: Final = 1300.0
VERSUS_OPPONENT_GAMES: Final = 80.0
PITCHER_STRIKEOUT_BATTERS: Final = 100.0
BATTERS_FACED_STARTS: Final = 3.5
BATTER_STRIKEOUT_APPEARANCES: Final = 60.0
TEAM_STRIKEOUT_BATTERS: Final = 400.0
PARK_STRIKEOUT_BATTERS: Final = 3000.0
UMPIRE_GAMES: Final = 40.0


def shrunk(n: pl.Expr, mean: pl.Expr, prior: pl.Expr, k: float) -> pl.Expr:
    """Return `(n·mean + k·prior) / (n + k)`: k is how many own observations equal the prior.

    With n = 0 the prior stands alone whatever the mean; a null n, or a null prior with n > 0, gives null.
    """
    own = pl.when(n > 0).then(n * mean).when(n == 0).then(0.0)
    return shrunk_ratio(own, n, prior, k)


def shrunk_ratio(numerator: pl.Expr, denominator: pl.Expr, prior: pl.Expr, k: float | pl.Expr) -> pl.Expr:
    """Return the shrunk ratio of sums `(Σx + k·prior) / (Σn + k)`, such as strikeouts per batter faced."""
    return (numerator + k * prior) / (denominator + k)
