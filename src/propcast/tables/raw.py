"""Raw tables: what the outside world said, with when it happened and when we knew it."""

import polars as pl

from propcast.core.sport import Sport
from propcast.tables.schema import Check, Rule, Table, count, day, flag, instant, number, text, texts

SEASON_TYPES = ("regular", "playoffs", "play_in", "cup_final")
ZONES = ("ra", "paint", "mid", "corner3", "above3")

_SHOOTING = ("fgm", "fga", "fg3m", "fg3a", "ftm", "fta")

RAW_VENDOR_EVENTS = Table(
    "raw_vendor_events",
    "what a vendor said about one of its events; `event_id` is our event it was mapped to",
    (
        *text("sport", "vendor", "vendor_event_id", "event_id", "season", "home", "away"),
        *day("game_day"),
        *instant("starts_at", "observed_at", null=True),
        *text("source"),
    ),
    key=("vendor", "vendor_event_id"),
    partition="season",
    rule=Rule.LOG,
)

RAW_NBA_SCHEDULE = Table(
    "raw_nba_schedule",
    "one state of one scheduled game; closing_* carry no time and serve grading only",
    (
        *text("event_id", "game_id", "season"),
        *text("season_type", choices=SEASON_TYPES),
        *day("game_day"),
        *instant("starts_at", null=True),
        *text("home", "away"),
        *flag("is_neutral", null=True),
        *text("status", choices=("scheduled", "live", "final", "postponed", "suspended", "cancelled")),
        *count("home_pts", "away_pts", low=0, high=220, null=True),
        *count("periods", low=4, high=10, null=True),
        *number("closing_spread", low=-40, high=40, unit="pts, home", null=True),
        *number("closing_total", low=150, high=320, unit="pts", null=True),
        *count("closing_ml_home", "closing_ml_away", low=-100000, high=100000, unit="American", null=True),
        *instant("observed_at"),
        *text("source"),
    ),
    key=("event_id",),
    partition="season",
    rule=Rule.LOG,
)

RAW_NBA_PLAYER_BOX = Table(
    "raw_nba_player_box",
    "one player's box line in one game from one source; a did-not-play has null statistics",
    (
        *text("event_id"),
        *count("player_id"),
        *text("source", "season"),
        *text("season_type", choices=SEASON_TYPES),
        *day("game_day"),
        *text("player_name", "team", "opponent"),
        *flag("is_home", "won", null=True),
        *text("status", choices=("played", "dnp", "inactive")),
        *text("dnp_reason", null=True),
        *flag("is_starter", null=True),
        *number("minutes_played", low=0, high=65, unit="min", null=True),
        *count("minutes_rounded", low=0, high=65, unit="min", null=True),
        *count("pts", high=100, null=True),
        *count(*_SHOOTING, high=60, null=True),
        *count("oreb", "dreb", "reb", high=60, null=True),
        *count("ast", "stl", "blk", "tov", high=40, null=True),
        *count("pf", high=8, null=True),
        *count("plus_minus", low=-70, high=70, null=True),
        *instant("observed_at"),
    ),
    key=("event_id", "player_id", "source"),
    partition="season",
    rule=Rule.LOG,
    checks=(
        Check(
            "status played needs minutes and points",
            (pl.col("status") != "played") | (pl.col("minutes_played").is_not_null() & pl.col("pts").is_not_null()),
        ),
        Check(
            "a did-not-play has no statistics",
            (pl.col("status") == "played") | (pl.col("pts").is_null() & pl.col("minutes_played").is_null()),
        ),
    ),
)

RAW_NBA_TEAM_BOX = Table(
    "raw_nba_team_box",
    "one team's totals in one game from one source",
    (
        *text("event_id", "team", "source", "season"),
        *text("season_type", choices=SEASON_TYPES),
        *day("game_day"),
        *text("opponent"),
        *flag("is_home", "won"),
        *count("minutes", low=235, high=400, unit="min", null=True),
        *count("pts", "opp_pts", low=50, high=200),
        *count("fgm", "fga", "fg3m", "fg3a", "ftm", "fta", high=150),
        *count("oreb", "dreb", "reb", high=100, null=True),
        *count("ast", "stl", "blk", "tov", high=80),
        *count("pf", high=60, null=True),
        *count("plus_minus", low=-90, high=90),
        *flag("is_reconstructed"),
        *instant("observed_at"),
    ),
    key=("event_id", "team", "source"),
    partition="season",
    rule=Rule.LOG,
)

RAW_NBA_SHOTS = Table(
    "raw_nba_shots",
    "one field-goal attempt",
    (
        *text("event_id"),
        *count("action_no"),
        *text("season"),
        *day("game_day"),
        *count("player_id"),
        *text("team", "opponent"),
        *count("period", low=1, high=10),
        *number("clock_s", low=0, high=720, unit="s"),
        *text("zone", choices=(*ZONES, "backcourt")),
        *number("distance_ft", low=0, high=94, unit="ft"),
        *flag("made"),
        *count("points", low=2, high=3),
        *instant("observed_at"),
        *text("source"),
    ),
    key=("event_id", "action_no"),
    partition="season",
    rule=Rule.SET,
)

RAW_NBA_SHOT_ZONES_SEASON = Table(
    "raw_nba_shot_zones_season",
    "one player's season totals by zone; usable only for later seasons",
    (
        *text("season"),
        *text("season_type", choices=SEASON_TYPES),
        *count("player_id"),
        *text("player_name", "team"),
        *(c for z in (*ZONES, "backcourt") for c in count(f"{z}_fgm", f"{z}_fga", high=2500, unit="shots", null=True)),
        *instant("observed_at"),
        *text("source"),
    ),
    key=("season", "season_type", "player_id"),
    partition="season",
    rule=Rule.KEY,
)

RAW_QUOTES = Table(
    "raw_quotes",
    "one state of one book's offer; prices are American; `observed_at` null = unknown, good for grading only",
    (
        *text("quote_id", "sport", "event_id", "vendor", "vendor_event_id"),
        *day("game_day"),
        *text("market", "subject", "book"),
        *text("book_type", choices=("sportsbook", "exchange", "dfs")),
        *number("line", low=-100, high=400, unit="stat"),
        *instant("observed_at", null=True),
        *count("over_price", "under_price", low=-100000, high=100000, unit="American", null=True),
        *flag("is_alternate", null=True),
        *flag("is_open"),
        *instant("starts_at", null=True),
        *text("raw_name"),
        *text("source"),
    ),
    key=("event_id", "market", "subject", "book", "line", "observed_at"),
    partition="game_day",
    rule=Rule.LOG,
    checks=(
        Check("observed at or after the start (in play)", pl.col("observed_at") < pl.col("starts_at")),
        Check("line is not a multiple of 0.5", (pl.col("line") * 2).round() == pl.col("line") * 2),
        Check("over_price is no American price", pl.col("over_price").abs() >= 100),
        Check("under_price is no American price", pl.col("under_price").abs() >= 100),
    ),
)

RAW_QUOTE_POLLS = Table(
    "raw_quote_polls",
    "one time that a vendor was asked about one event and market, and the books that answered",
    (
        *text("sport", "event_id", "market"),
        *instant("poll_at"),
        *day("game_day"),
        *texts("books_answered"),
        *count("credits", null=True),
        *text("source"),
    ),
    key=("event_id", "market", "poll_at", "source"),
    partition="game_day",
    rule=Rule.ONCE,
)

RAW_MLB_PITCHER_GAME = Table(
    "raw_mlb_pitcher_game",
    "one pitcher's line in one game; history has starts only",
    (
        *text("event_id"),
        *count("pitcher_id"),
        *text("pitcher_name", "season"),
        *text("season_type", choices=SEASON_TYPES),
        *day("game_day"),
        *text("team", "opponent"),
        *flag("is_home", null=True),
        *flag("is_starter"),
        *text("throws", null=True, choices=("L", "R", "S")),
        *count("outs", high=45),
        *count("batters_faced", high=60),
        *count("strikeouts", high=27),
        *count("walks", "hits", high=30),
        *count("runs", "home_runs", "hbp", high=30, null=True),
        *count("pitches", high=160),
        *count("strikes", "balls", "whiffs", "swings", "csw", high=160, null=True),
        *count("zone_swings", "zone_contacts", "chases", "outside_pitches", high=160, null=True),
        *number("fb_velo_mph", low=60, high=108, unit="mph", null=True),
        *number("xwoba", low=0, high=2.1, null=True),
        *instant("observed_at"),
        *text("source"),
    ),
    key=("event_id", "pitcher_id"),
    partition="season",
    rule=Rule.LOG,
    checks=(Check("more strikeouts than batters faced", pl.col("strikeouts") <= pl.col("batters_faced")),),
)

RAW_MLB_BATTER_GAME = Table(
    "raw_mlb_batter_game",
    "one batter's line in one game",
    (
        *text("event_id"),
        *count("batter_id"),
        *text("batter_name", "season"),
        *text("season_type", choices=SEASON_TYPES),
        *day("game_day"),
        *text("team", "opponent"),
        *flag("is_home", null=True),
        *text("bats", null=True, choices=("L", "R", "S")),
        *count("slot", low=1, high=9, null=True),
        *count("plate_appearances", "at_bats", high=12),
        *count("strikeouts", high=8),
        *count("walks", "hits", "home_runs", "hbp", high=12),
        *instant("observed_at"),
        *text("source"),
    ),
    key=("event_id", "batter_id"),
    partition="season",
    rule=Rule.LOG,
)

RAW_MLB_PLATE_APPEARANCES = Table(
    "raw_mlb_plate_appearances",
    "one plate appearance",
    (
        *text("event_id"),
        *count("at_bat_index"),
        *text("season"),
        *day("game_day"),
        *count("batter_id", "pitcher_id"),
        *text("batting_team", "pitching_team"),
        *text("bat_side", "pitch_hand", choices=("L", "R")),
        *count("times_through", low=1, high=5),
        *flag("is_strikeout", "vs_starter"),
        *instant("observed_at"),
        *text("source"),
    ),
    key=("event_id", "at_bat_index"),
    partition="season",
    rule=Rule.SET,
)

RAW_MLB_LINEUPS = Table(
    "raw_mlb_lineups",
    "one slot of one team's batting order as known at `observed_at`",
    (
        *text("event_id", "team", "season"),
        *day("game_day"),
        *count("slot", low=1, high=9),
        *count("batter_id"),
        *text("bats", null=True, choices=("L", "R", "S")),
        *flag("is_confirmed"),
        *instant("observed_at"),
        *text("source"),
    ),
    key=("event_id", "team", "slot"),
    partition="season",
    rule=Rule.LOG,
)

CHECK_CONSENSUS = Table(
    "check_consensus",
    "a source's own consensus and result per participant: checks our settlement and feeds baselines, never a feature",
    (
        *text("sport", "market", "season"),
        *text("vendor_event_id", "event_id", null=True),
        *text("participant_id", "player_name", "home", "away"),
        *day("game_day"),
        *instant("starts_at", "snapshot_at", null=True),
        *text("book_type", choices=("sportsbook", "exchange", "dfs")),
        *count("n_books", "n_books_at_mode", high=50),
        *number("line_median", "line_mode", "line_min", "line_max", low=0, high=100, unit="stat"),
        *number("p_over_devig", low=0, high=1, null=True),
        *count("best_over_price", "best_under_price", low=-100000, high=100000, unit="American", null=True),
        *count("actual", high=120, null=True),
        *number("workload", low=0, high=70, unit="min or BF", null=True),
        *text("result", choices=("over", "under", "push", "void")),
        *text("source"),
    ),
    key=("sport", "market", "source", "game_day", "participant_id", "home"),
    partition="season",
    rule=Rule.KEY,
)

RAW_RESULTS: dict[Sport, Table] = {Sport.NBA: RAW_NBA_PLAYER_BOX, Sport.MLB: RAW_MLB_PITCHER_GAME}
"""What participants did, as it comes in, by sport."""

TABLES: tuple[Table, ...] = (
    RAW_VENDOR_EVENTS,
    RAW_NBA_SCHEDULE,
    RAW_NBA_PLAYER_BOX,
    RAW_NBA_TEAM_BOX,
    RAW_NBA_SHOTS,
    RAW_NBA_SHOT_ZONES_SEASON,
    RAW_QUOTES,
    RAW_QUOTE_POLLS,
    RAW_MLB_PITCHER_GAME,
    RAW_MLB_BATTER_GAME,
    RAW_MLB_PLATE_APPEARANCES,
    RAW_MLB_LINEUPS,
    CHECK_CONSENSUS,
)
