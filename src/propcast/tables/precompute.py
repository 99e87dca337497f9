"""Precompute tables: shrunk profiles as of a day, and the stored features."""

import polars as pl

from propcast.core.sport import Sport
from propcast.tables.features import CONTRACTS, FeatureContract
from propcast.tables.raw import ZONES
from propcast.tables.schema import Check, Rule, Table, count, day, instant, number, text

NBA_PLAYER_SHOT_ZONES = Table(
    "nba_player_shot_zones",
    "one player's shot profile before a game day",
    (
        *count("player_id"),
        *text("season"),
        *day("game_day"),
        *(c for z in ZONES for c in number(f"share_{z}", f"fg_{z}", low=0, high=1, unit="fraction", null=True)),
        *number("attempts", low=0, unit="shots"),
        *count("window_games", high=120, null=True),
    ),
    key=("player_id", "game_day"),
    partition="season",
    rule=Rule.SET,
)

NBA_TEAM_DEFENSE_ZONES = Table(
    "nba_team_defense_zones",
    "what one team's defence allowed by zone before a game day",
    (
        *text("team", "season"),
        *day("game_day"),
        *(c for z in ZONES for c in number(f"allowed_fg_{z}", low=0, high=1, unit="fraction", null=True)),
        *(c for z in ZONES for c in number(f"delta_{z}", low=-0.3, high=0.3, unit="fraction", null=True)),
        *(c for z in ZONES for c in number(f"attempt_ratio_{z}", low=0.2, high=5, unit="ratio", null=True)),
        *count("games", high=120),
    ),
    key=("team", "game_day"),
    partition="season",
    rule=Rule.SET,
)

NBA_TEAM_FORM = Table(
    "nba_team_form",
    "one team's shrunk pace, ratings and allowed indices before a game day",
    (
        *text("team", "season"),
        *day("game_day"),
        *number("pace", "league_pace", low=80, high=125, unit="poss/48", null=True),
        *number("off_rating", "def_rating", low=80, high=140, unit="pts/100", null=True),
        *number(
            "allowed_pts",
            "allowed_reb",
            "allowed_ast",
            "allowed_fg3m",
            low=0.5,
            high=2,
            unit="ratio",
            null=True,
        ),
        *count("games", high=120),
    ),
    key=("team", "game_day"),
    partition="season",
    rule=Rule.SET,
)

MLB_LINEUP_K = Table(
    "mlb_lineup_k",
    "expected strikeouts of one batting order against the opposing starter, as of a moment",
    (
        *text("event_id", "team", "season"),
        *day("game_day"),
        *instant("as_of"),
        *number("expected_k", low=0, high=20, unit="K", null=True),
        *number("expected_k_sd", low=0, high=10, unit="K", null=True),
        *number("lineup_k_pct", "platoon_share", low=0, high=1, unit="fraction", null=True),
        *count("known_batters", high=9),
    ),
    key=("event_id", "team", "as_of"),
    partition="season",
    rule=Rule.ONCE,
)

MLB_PARK_FACTORS = Table(
    "mlb_park_factors",
    "strikeout factor of one park for one season, from earlier seasons only",
    (
        *text("park", "season"),
        *number("park_k_factor", low=0.85, high=1.15, unit="ratio"),
        *count("batters_faced"),
    ),
    key=("park", "season"),
    partition=None,
    rule=Rule.SET,
)


def features_table(contract: FeatureContract) -> Table:
    """Return the feature table of one sport; `sources_missing` lists features that no source feeds here."""
    return Table(
        f"{contract.sport}_features",
        "one participant, event and market as of a moment",
        (
            *text("event_id", "participant_id", "market"),
            *instant("as_of"),
            *text("feature_hash"),
            *count("player_id"),
            *text("season"),
            *day("game_day"),
            *contract.columns(),
            *text("sources_missing"),
            *day("max_event_day", null=True),
            *instant("max_observed_at", null=True),
        ),
        key=("event_id", "participant_id", "market", "as_of", "feature_hash"),
        partition="season",
        rule=Rule.ONCE,
        checks=(
            Check("built from its own or a later game day", pl.col("max_event_day") < pl.col("game_day")),
            Check("built from what was not yet known", pl.col("max_observed_at") <= pl.col("as_of")),
        ),
    )


def training_table(features: Table) -> Table:
    """Return the table of past games of one sport: the features that stood before each, and what came of it."""
    return Table(
        features.name.replace("_features", "_training_rows"),
        "one participant who took part in a finished event, and market: features before it and the count",
        (*features.columns, *number("actual", low=0, high=200, unit="stat", null=True)),
        key=("event_id", "participant_id", "market"),
        partition="season",
        rule=Rule.SET,
        checks=features.checks,
    )


FEATURES = {sport: features_table(contract) for sport, contract in CONTRACTS.items()}
NBA_FEATURE_TABLE = FEATURES[Sport.NBA]
MLB_FEATURE_TABLE = FEATURES[Sport.MLB]

NBA_TRAINING_ROWS = training_table(NBA_FEATURE_TABLE)
MLB_TRAINING_ROWS = training_table(MLB_FEATURE_TABLE)

TABLES: tuple[Table, ...] = (
    NBA_PLAYER_SHOT_ZONES,
    NBA_TEAM_DEFENSE_ZONES,
    NBA_TEAM_FORM,
    MLB_LINEUP_K,
    MLB_PARK_FACTORS,
    NBA_FEATURE_TABLE,
    MLB_FEATURE_TABLE,
    NBA_TRAINING_ROWS,
    MLB_TRAINING_ROWS,
)
