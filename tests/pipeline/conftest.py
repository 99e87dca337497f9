"""Homes that hold the hand-written leagues, imported as raw tables."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from propcast.backends.compose import Backends, compose
from propcast.backends.settings import Settings
from propcast.backends.warehouse.port import In, Stamp
from propcast.core.clock import FixedClock
from propcast.tables import raw
from propcast.tables.schema import Rule, Table
from tests.league.mlb import mlb_league
from tests.league.nba import nba_league

NOW = datetime(2025, 7, 1, 12, tzinfo=UTC)


def raw_frames() -> list[tuple[Table, pl.DataFrame]]:
    """Both leagues as (table, frame)."""
    nba, mlb = nba_league(), mlb_league()
    return [
        (raw.RAW_NBA_SCHEDULE, nba.schedule),
        (raw.RAW_NBA_PLAYER_BOX, nba.player_box),
        (raw.RAW_NBA_TEAM_BOX, nba.team_box),
        (raw.RAW_NBA_SHOTS, nba.shots),
        (raw.RAW_NBA_SHOT_ZONES_SEASON, nba.zones_season),
        (raw.RAW_MLB_PITCHER_GAME, mlb.pitcher_games),
        (raw.RAW_MLB_BATTER_GAME, mlb.batter_games),
        (raw.RAW_MLB_PLATE_APPEARANCES, mlb.plate_appearances),
        (raw.RAW_MLB_LINEUPS, mlb.lineups),
        *(
            (table, frame)
            for league in (nba, mlb)
            for table, frame in (
                (raw.RAW_VENDOR_EVENTS, league.vendor_events),
                (raw.RAW_QUOTES, league.quotes),
                (raw.RAW_QUOTE_POLLS, league.polls),
            )
        ),
    ]


def load(backends: Backends, frames: list[tuple[Table, pl.DataFrame]]) -> Backends:
    """Write raw frames as an import would."""
    stamp = Stamp("league", NOW)
    for table, frame in frames:
        seasons = tuple(frame["season"].unique().to_list()) if table.rule is Rule.SET else ()
        backends.warehouse.write(table, frame, stamp, scope=[In("season", seasons)] if seasons else [])
    return backends


@pytest.fixture
def empty_home(tmp_path: Path) -> Backends:
    """A home with nothing in it and a clock that stands still."""
    return compose(Settings(home=tmp_path / "home", history=tmp_path / "none"), FixedClock(NOW))


@pytest.fixture
def league_home(empty_home: Backends) -> Iterator[Backends]:
    """A home that holds both leagues' raw tables."""
    yield load(empty_home, raw_frames())
