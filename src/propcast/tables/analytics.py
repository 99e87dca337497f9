"""Analytics and context tables: one row per thing that happened, one per upcoming thing as of a moment."""

import polars as pl

from propcast.core.sport import Sport
from propcast.tables.raw import SEASON_TYPES, ZONES
from propcast.tables.schema import Check, Rule, Table, count, day, flag, instant, number, text

EVENTS = Table(
    "events",
    "one contest of either sport: every one played, scheduled or quoted",
    (
        *text("event_id", "sport", "season"),
        *text("season_type", choices=SEASON_TYPES),
        *day("game_day"),
        *text("home", "away"),
        *flag("is_neutral"),
        *instant("starts_at", null=True),
        *count("game_number", low=1, high=2),
        *text("status", choices=("scheduled", "final", "unplayed")),
    ),
    key=("event_id",),
    partition="season",
    rule=Rule.KEY,
)

_ZONE_COLUMNS = tuple(c for z in ZONES for c in count(f"{z}_fga", f"{z}_fgm", high=80, null=True))

NBA_PLAYER_GAME = Table(
    "nba_player_game",
    "one player in one finished game",
    (
        *text("event_id"),
        *count("player_id"),
        *text("season"),
        *text("season_type", choices=SEASON_TYPES),
        *day("game_day"),
        *text("player_name", "team", "opponent"),
        *flag("is_home"),
        *flag("won", "is_starter", null=True),
        *text("participation", choices=("played", "dnp", "inactive")),
        *number("minutes_played", low=0, high=65, unit="min", null=True),
        *count("minutes_rounded", low=0, high=65, unit="min", null=True),
        *count("pts", high=100, null=True),
        *count("fgm", "fga", "fg3m", "fg3a", "ftm", "fta", high=60, null=True),
        *count("oreb", "dreb", "reb", high=60, null=True),
        *count("ast", "stl", "blk", "tov", high=40, null=True),
        *count("pf", high=8, null=True),
        *number("usage_rate", low=0, unit="fraction", null=True),
        *number("ts_pct", "efg_pct", low=0, high=3, unit="fraction", null=True),
        *_ZONE_COLUMNS,
        *number("team_plays", low=30, high=260, unit="plays", null=True),
        *number("game_minutes", low=48, high=80, unit="min", null=True),
        *text("shooting_null_reason", null=True),
        *instant("observed_at"),
    ),
    key=("event_id", "player_id"),
    partition="season",
    rule=Rule.SET,
    checks=(
        Check(
            "only who played has statistics",
            (pl.col("participation") == "played") | (pl.col("pts").is_null() & pl.col("minutes_played").is_null()),
        ),
    ),
)

NBA_TEAM_GAME = Table(
    "nba_team_game",
    "one team in one finished game",
    (
        *text("event_id", "team", "season"),
        *text("season_type", choices=SEASON_TYPES),
        *day("game_day"),
        *text("opponent"),
        *flag("is_home", "won"),
        *count("pts", "opp_pts", low=50, high=200),
        *count("fgm", "fga", "fg3m", "fg3a", "ftm", "fta", high=150),
        *count("oreb", "dreb", "reb", high=100, null=True),
        *count("ast", "tov", high=80),
        *count("stl", "blk", high=80, null=True),
        *count("opp_reb", "opp_ast", "opp_fg3m", high=150),
        *number("possessions", low=70, high=165, unit="poss", null=True),
        *number("pace", low=80, high=125, unit="poss/48", null=True),
        *number("off_rating", "def_rating", low=60, high=180, unit="pts/100", null=True),
        *count("overtime_periods", low=0, high=6, null=True),
        *number("game_minutes", low=48, high=80, unit="min", null=True),
        *number("efg_pct", "tov_pct", "oreb_pct", "ft_rate", low=0, high=1.5, unit="fraction", null=True),
        *(c for z in ZONES for c in count(f"{z}_fga", f"{z}_fgm", f"opp_{z}_fga", f"opp_{z}_fgm", high=150, null=True)),
        *count("rest_days", low=0, high=400, unit="days", null=True),
        *number("travel_km", low=0, high=20000, unit="km"),
        *instant("observed_at"),
    ),
    key=("event_id", "team"),
    partition="season",
    rule=Rule.SET,
)

MLB_PITCHER_GAME = Table(
    "mlb_pitcher_game",
    "one pitcher in one finished game",
    (
        *text("event_id"),
        *count("player_id"),
        *text("player_name", "season"),
        *text("season_type", choices=SEASON_TYPES),
        *day("game_day"),
        *text("team", "opponent"),
        *text("park", null=True),
        *flag("is_home", null=True),
        *text("throws", null=True, choices=("L", "R", "S")),
        *text("role", choices=("starter", "opener", "bulk", "reliever")),
        *count("outs", high=45),
        *count("batters_faced", high=60),
        *count("strikeouts", high=27),
        *count("walks", high=30),
        *count("pitches", high=160),
        *number("k_pct", low=0, high=1, unit="fraction", null=True),
        *count(
            "whiffs",
            "swings",
            "csw",
            "zone_swings",
            "zone_contacts",
            "chases",
            "outside_pitches",
            high=160,
            null=True,
        ),
        *number("fb_velo_mph", low=60, high=108, unit="mph", null=True),
        *count("days_rest", low=-1, high=2000, unit="days", null=True),
        *instant("observed_at"),
    ),
    key=("event_id", "player_id"),
    partition="season",
    rule=Rule.SET,
)

MLB_BATTER_GAME = Table(
    "mlb_batter_game",
    "one batter in one finished game; split by pitcher hand where plate appearances are known",
    (
        *text("event_id"),
        *count("player_id"),
        *text("season"),
        *day("game_day"),
        *text("team", "opponent"),
        *text("bats", null=True, choices=("L", "R", "S")),
        *count("slot", low=1, high=9, null=True),
        *flag("is_home", null=True),
        *count("pa", "k", high=12),
        *count("pa_vs_lhp", "k_vs_lhp", "pa_vs_rhp", "k_vs_rhp", high=12, null=True),
        *instant("observed_at"),
    ),
    key=("event_id", "player_id"),
    partition="season",
    rule=Rule.SET,
)

MLB_TEAM_GAME = Table(
    "mlb_team_game",
    "one batting team in one finished game, against the opposing starter of one hand",
    (
        *text("event_id", "team", "season"),
        *day("game_day"),
        *text("opponent"),
        *text("starter_throws", null=True, choices=("L", "R", "S")),
        *count("pa_vs_starter", high=60),
        *count("k_vs_starter", high=27),
        *instant("observed_at"),
    ),
    key=("event_id", "team"),
    partition="season",
    rule=Rule.SET,
)

CONTEXT_COLUMNS = (
    *text("event_id"),
    *count("player_id"),
    *text("participant_id", "player_name", "season"),
    *text("season_type", choices=SEASON_TYPES),
    *day("game_day"),
    *instant("as_of"),
    *text("team", "opponent", null=True),
    *flag("is_home", null=True),
    *text("venue_team"),
    *instant("starts_at", null=True),
    *flag("is_quoted"),
    *text("reason", null=True),
    *number("p_plays", low=0, high=1, unit="fraction", null=True),
)

NBA_PLAYER_CONTEXT = Table(
    "nba_player_context",
    "one player who may play in an event, as of a moment; `reason` says why he cannot be forecast",
    CONTEXT_COLUMNS,
    key=("event_id", "player_id", "as_of"),
    partition="season",
    rule=Rule.ONCE,
)

MLB_PITCHER_CONTEXT = Table(
    "mlb_pitcher_context",
    "one pitcher quoted for an event, as of a moment; `reason` says why he cannot be forecast",
    (*CONTEXT_COLUMNS, *text("throws", null=True, choices=("L", "R", "S"))),
    key=("event_id", "player_id", "as_of"),
    partition="season",
    rule=Rule.ONCE,
)

CONTEXTS: dict[Sport, Table] = {Sport.NBA: NBA_PLAYER_CONTEXT, Sport.MLB: MLB_PITCHER_CONTEXT}
"""Who may take part, by sport."""

TABLES: tuple[Table, ...] = (
    EVENTS,
    NBA_PLAYER_GAME,
    NBA_TEAM_GAME,
    MLB_PITCHER_GAME,
    MLB_BATTER_GAME,
    MLB_TEAM_GAME,
    NBA_PLAYER_CONTEXT,
    MLB_PITCHER_CONTEXT,
)
