"""The sports that PropCast forecasts."""

from enum import StrEnum


class Sport(StrEnum):
    """A league whose props are forecast."""

    NBA = "nba"
    MLB = "mlb"
