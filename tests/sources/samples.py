"""Small frames in the history layout; every name and number in them is made up."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from propcast.sources.history.layout import SPECIFICATIONS
from propcast.sources.history.specification import Kind

Row = dict[str, Any]

DAY = date(2024, 11, 20)
START = datetime(2024, 11, 21, 0, 40, tzinfo=UTC)
SEEN = datetime(2024, 11, 20, 21, tzinfo=UTC)

_DTYPES: dict[Kind, pl.DataType] = {
    Kind.INTEGER: pl.Int32(),
    Kind.NUMBER: pl.Float32(),
    Kind.TEXT: pl.String(),
    Kind.FLAG: pl.Boolean(),
    Kind.DATE: pl.Date(),
    Kind.INSTANT: pl.Datetime("us", "UTC"),
}

_NBA_GAME: Row = {"season": "2024-25", "season_type": "Regular Season", "game_id": "0022400901", "game_date": DAY}
_BOX: Row = {
    "pts": 20, "fgm": 7, "fga": 15, "fg3m": 2, "fg3a": 5, "ftm": 4, "fta": 4, "oreb": 1, "dreb": 4, "reb": 5, "ast": 3,
    "stl": 1, "blk": 0, "tov": 2, "pf": 2, "plus_minus": 4,
}  # fmt: skip
_NBA_QUOTE: Row = {
    "source": "dfs_2024", "book_type": "dfs", "event_id": "v1", "book": "Underdog", "player_name": "Ivo Marsh",
    "market": "player_points", "home_team": "AAA", "away_team": "BBB", "season": "2024-25", "game_id": "0022400901",
    "player_id": 1, "line": 19.5, "over_price": -115.0, "under_price": -105.0, "pregame": True, "is_main": True,
    "game_date": DAY, "snapshot_ts": SEEN, "commence_time": START,
}  # fmt: skip
_CONSENSUS: Row = {
    "game_date": DAY, "home_team": "AAA", "away_team": "BBB", "result": "over", "n_books": 2, "n_books_at_mode": 1,
    "line_median": 19.25, "line_mode": 19.5, "line_min": 19.0, "line_max": 19.5, "p_over_devig": 0.5,
    "best_over_price": -110, "best_under_price": -110, "commence_time": START, "snapshot_ts": SEEN,
}  # fmt: skip

_DEFAULTS: dict[str, Row] = {
    "nba_schedule": {
        **_NBA_GAME, "home_team": "AAA", "away_team": "BBB", "home_pts": 110, "away_pts": 100, "home_spread": -4.5,
        "total": 220.5, "start_utc": datetime(2024, 11, 21, 0, 30, tzinfo=UTC),
    },
    "nba_team_box": {
        **_NBA_GAME, **_BOX, "team": "AAA", "opponent": "BBB", "wl": "W", "is_home": True, "minutes": 240, "pts": 110,
        "opp_pts": 100, "fga": 88, "reb": 44, "plus_minus": 10,
    },
    "nba_player_box": {
        **_NBA_GAME, **_BOX, "player_id": 1, "player_name": "Ivo Marsh", "team": "AAA", "opponent": "BBB", "wl": "W",
        "is_home": True, "minutes": 31.0, "minutes_exact": 30.75,
    },
    "nba_shot_zones_season": {
        "season": "2023-24", "season_type": "Regular Season", "player_id": 1, "player_name": "Ivo Marsh",
        "team_abbreviation": "AAA", **{f"{zone}_{stat}": 10.0 for zone in ("ra", "paint", "mid", "c3", "atb3", "bc")
                                       for stat in ("fgm", "fga")},
    },
    "nba_points_lines": _NBA_QUOTE,
    "nba_other_lines": {**_NBA_QUOTE, "market": "player_rebounds", "line": 5.5},
    "nba_pra_lines": {
        "season": "2024-25", "event_id": "v1", "home_team": "AAA", "away_team": "BBB", "book": "Caesars",
        "player_name": "Ivo Marsh", "player_id": 1, "line": 28.5, "over_price": -110.0, "under_price": -120.0,
        "game_date": DAY, "snapshot_ts": datetime(2024, 11, 21, 0, 35, 38, tzinfo=UTC),
    },
    "nba_points_consensus": {
        **_CONSENSUS, "source": "dfs_2024", "book_type": "dfs", "season": "2024-25", "player_name": "Ivo Marsh",
        "player_id": 1, "actual": 20, "actual_minutes": 31.0,
    },
    "mlb_pitcher_games": {
        "season": 2025, "game_date": date(2025, 7, 2), "game_pk": 900001, "pitcher_id": 501,
        "pitcher_name": "Olan Reed", "p_throws": "R", "team": "CCC", "opponent": "DDD", "is_home": True,
        "side_known": True, "source": "starts_statcast", "outs": 18, "bf": 24, "k": 6, "bb": 2, "h": 5, "r": 2,
        "pitches": 95, "hr": 1, "hbp": 0, "whiffs": 12, "csw": 28, "balls_sc": 33, "xwoba": 0.3, "fb_velo": 94.5,
    },
    "mlb_batter_games": {
        "season": 2026, "game_date": date(2026, 4, 2), "game_pk": 910001, "game_type": "R", "batter_id": 601,
        "batter_name": "Tam Kerr", "bats": "S", "team": "CCC", "opponent": "DDD", "is_home": True, "pa": 4, "ab": 4,
        "k": 1, "bb": 0, "h": 1, "hr": 0, "hbp": 0,
    },
    "mlb_k_lines": {
        "source": "us_books_snapshots", "event_id": "m1", "home_team": "CCC", "away_team": "DDD", "book": "BetMGM",
        "pitcher_name": "Olan Reed", "pitcher_id": 501, "game_pk": 900001, "line": 5.5, "over_price": 110,
        "under_price": -150, "game_date": date(2025, 7, 2), "commence_time": datetime(2025, 7, 2, 23, tzinfo=UTC),
        "first_seen_ts": datetime(2025, 7, 2, 15, tzinfo=UTC), "last_seen_ts": datetime(2025, 7, 2, 17, tzinfo=UTC),
    },
    "mlb_k_consensus": {
        **_CONSENSUS, "event_id": "m1", "pitcher_name": "Olan Reed", "pitcher_id": 501, "game_pk": 900001,
        "home_team": "CCC", "away_team": "DDD", "game_date": date(2025, 7, 2), "actual_k": 6, "actual_bf": 24,
    },
}  # fmt: skip

_PERSON = {"nba": "player_id", "mlb": "pitcher_id"}


def rows(name: str, *overrides: Row) -> pl.DataFrame:
    """Rows of one file, as exported: each is the file's ordinary row with the given columns changed."""
    columns = SPECIFICATIONS[name].columns
    schema = {column: _DTYPES[kind] for column, kind in columns.items()}
    return pl.DataFrame([{**_DEFAULTS[name], **override} for override in overrides or ({},)], schema=schema)


def canonical(name: str, *overrides: Row) -> pl.DataFrame:
    """The same rows as a reader sees them."""
    return SPECIFICATIONS[name].select(rows(name, *overrides).lazy()).collect()


def person_column(name: str) -> str:
    """The column that tells rows of one file apart."""
    if name == "mlb_batter_games":
        return "batter_id"
    return _PERSON[SPECIFICATIONS[name].sport.value]


def crowd(name: str, size: int) -> list[Row]:
    """Overrides for that many ordinary rows with different keys."""
    if name == "nba_schedule":
        return [{"game_id": f"00224{i:05d}"} for i in range(size)]
    if name == "nba_team_box":
        return [{"game_id": f"00224{i:05d}"} for i in range(size)]
    return [{person_column(name): 10_000 + i} for i in range(size)]


def write_folder(directory: Path, frames: dict[str, pl.DataFrame] | None = None) -> Path:
    """Write a complete folder: one ordinary row per file unless a frame is given."""
    directory.mkdir(parents=True, exist_ok=True)
    for name in SPECIFICATIONS:
        frame = (frames or {}).get(name)
        (rows(name) if frame is None else frame).write_parquet(directory / f"{name}.parquet")
    return directory
