"""What the baseball features are computed from."""

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class MlbInputs:
    """Frames of the named tables, as much of them as exists; rows that a context must not know are left out here.

    Attributes:
        pitcher_games: MLB_PITCHER_GAME of the season and the one before.
        batter_games: MLB_BATTER_GAME of the same seasons.
        team_games: MLB_TEAM_GAME of the same seasons.
        plate_appearances: RAW_MLB_PLATE_APPEARANCES of the same seasons.
        lineups: RAW_MLB_LINEUPS of the season.
        park_factors: MLB_PARK_FACTORS.
        consensus: CONSENSUS_LINES.
        closing: CLOSING_LINES; no baseball feature of this contract reads it.
    """

    pitcher_games: pl.DataFrame
    batter_games: pl.DataFrame
    team_games: pl.DataFrame
    plate_appearances: pl.DataFrame
    lineups: pl.DataFrame
    park_factors: pl.DataFrame
    consensus: pl.DataFrame
    closing: pl.DataFrame
