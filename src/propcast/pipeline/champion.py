"""Which system speaks for PropCast."""

CHAMPION = "ensemble"
"""The system whose forecasts drive decisions and sums until a rollout says otherwise."""
