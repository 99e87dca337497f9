"""What the NBA features are computed from."""

from dataclasses import dataclass, field

import polars as pl

from propcast.core.gameday import nba_season, previous_season
from propcast.tables.forecasts import CLOSING_LINES, CONSENSUS_LINES
from propcast.tables.raw import RAW_NBA_SHOT_ZONES_SEASON

HISTORY_SEASONS = 4
"""Seasons that fix every feature of a day: its own and three before (opponents look back two years, each of those
games at an expectation that starts from the season before it)."""


@dataclass(frozen=True)
class NbaInputs:
    """Frames of analytics and quotes; rows after a context's `as_of` may be present and change nothing.

    Attributes:
        player_games: `nba_player_game`.
        team_games: `nba_team_game`.
        zones_season: `raw_nba_shot_zones_season`, used one season later.
        consensus: `consensus_lines`.
        closing: `closing_lines`.
    """

    player_games: pl.DataFrame
    team_games: pl.DataFrame
    zones_season: pl.DataFrame = field(default_factory=RAW_NBA_SHOT_ZONES_SEASON.empty)
    consensus: pl.DataFrame = field(default_factory=CONSENSUS_LINES.empty)
    closing: pl.DataFrame = field(default_factory=CLOSING_LINES.empty)


_SEASONS = [nba_season(year) for year in range(1946, 2100)]
_BEFORE = {name: previous_season(name) for name in _SEASONS}


def last_season() -> pl.Expr:
    """Return the season before that of each row, as `last_season`."""
    return pl.col("season").replace_strict(_BEFORE, return_dtype=pl.String()).alias("last_season")
