"""How far back similar games are looked for; live slates and backtests agree on it."""

POOL_DAYS = 420
"""Days before a slate: this season and most of the last."""
