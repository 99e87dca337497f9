"""The games that the box files know: what a vendor's event can be mapped to."""

import polars as pl

from propcast.sources.history.instants import TIP_OFF_DELAY
from propcast.tables.schema import INSTANT

_GAME = pl.Schema(
    {
        "sport": pl.String(),
        "event_id": pl.String(),
        "home": pl.String(),
        "away": pl.String(),
        "game_day": pl.Date(),
        "starts_at": INSTANT,
    }
)


def no_games() -> pl.DataFrame:
    """Return no known games."""
    return pl.DataFrame(schema=_GAME)


def games_of_teams(sport: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the games of rows with `event_id, team, opponent, is_home, game_day`, as home and away.

    At a neutral site nobody is at home: such a game stands in both orders, for a vendor names one team first.
    """
    home = pl.when("is_home").then("team").otherwise("opponent")
    away = pl.when("is_home").then("opponent").otherwise("team")
    return _conform(
        rows.select(pl.lit(sport).alias("sport"), "event_id", home.alias("home"), away.alias("away"), "game_day")
    )


def games_of_schedule(schedule: pl.DataFrame) -> pl.DataFrame:
    """Return the games of `raw_nba_schedule` rows; `starts_at` in the vendor's reckoning."""
    return _conform(schedule.with_columns(pl.lit("nba").alias("sport"), pl.col("starts_at") + TIP_OFF_DELAY))


def known_games(parts: list[pl.DataFrame]) -> pl.DataFrame:
    """Return each game and order of teams once, with its start where any part knows it."""
    key = ["sport", "event_id", "home", "away", "game_day"]
    return pl.concat([no_games(), *parts]).group_by(key).agg(pl.col("starts_at").max())


def _conform(games: pl.DataFrame) -> pl.DataFrame:
    if "starts_at" not in games.columns:
        games = games.with_columns(pl.lit(None, INSTANT).alias("starts_at"))
    return games.select(pl.col(name).cast(dtype) for name, dtype in _GAME.items())
