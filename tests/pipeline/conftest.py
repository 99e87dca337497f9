"""Homes that hold the hand-written leagues, imported as raw tables."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from propcast.backends.compose import Backends, compose
from propcast.backends.settings import Settings
from propcast.backends.warehouse.port import In, Stamp
from propcast.core.clock import FixedClock
from propcast.core.gameday import GameDay
from propcast.core.markets import market
from propcast.core.sport import Sport
from propcast.forecast.training import ROUNDS
from propcast.pipeline.day import run_day
from propcast.pipeline.grading import grade_day
from propcast.pipeline.training import train_market
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


NBA_DAY = GameDay.parse("2024-12-07")
MLB_DAY = GameDay.parse("2025-05-19")
NO_GAMES = GameDay.parse("2024-12-06")
PARTLY_QUOTED = GameDay.parse("2024-12-05")  # one of its games has no quote
POSTPONED = GameDay.parse("2024-12-10")  # quoted, never played
SCRATCHED = GameDay.parse("2025-05-15")  # a quoted starter did not pitch
RELIEVED = GameDay.parse("2025-05-17")  # a quoted starter came in later

FEW_TREES = 8

GRADED = (
    (Sport.NBA, NBA_DAY),
    (Sport.NBA, PARTLY_QUOTED),
    (Sport.NBA, POSTPONED),
    (Sport.MLB, MLB_DAY),
    (Sport.MLB, SCRATCHED),
    (Sport.MLB, RELIEVED),
)


def open_home(home: Path) -> Backends:
    """Open a home with a clock that stands still."""
    return compose(Settings(home=home, history=home / "none"), FixedClock(NOW))


@pytest.fixture
def empty_home(tmp_path: Path) -> Backends:
    """A home with nothing in it."""
    return open_home(tmp_path / "home")


@pytest.fixture(scope="session")
def raw_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that holds both leagues' raw tables, to be copied."""
    home = tmp_path_factory.mktemp("raw") / "home"
    load(open_home(home), raw_frames())
    return home


@pytest.fixture(scope="session")
def played_template(raw_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same after one day of each sport, to be copied."""
    home = tmp_path_factory.mktemp("played") / "home"
    shutil.copytree(raw_template, home)
    backends = open_home(home)
    run_day(backends, Sport.NBA, NBA_DAY)
    run_day(backends, Sport.MLB, MLB_DAY)
    return home


@pytest.fixture(scope="session")
def graded_template(played_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same after more days, the awkward ones among them, all graded, and a day without games."""
    home = tmp_path_factory.mktemp("graded") / "home"
    shutil.copytree(played_template, home)
    backends = open_home(home)
    for sport, day in GRADED:
        run_day(backends, sport, day)
        grade_day(backends, sport, day)
    run_day(backends, Sport.NBA, NO_GAMES)
    return home


@pytest.fixture(scope="session")
def trained_template(played_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The played home with a model of points, fitted on game days before the NBA's."""
    home = tmp_path_factory.mktemp("trained") / "home"
    shutil.copytree(played_template, home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(ROUNDS, Sport.NBA, FEW_TREES)
        train_market(open_home(home), Sport.NBA, market("points"), NBA_DAY)
    return home


@pytest.fixture
def few_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fit small models: what is tested is what becomes of them."""
    monkeypatch.setitem(ROUNDS, Sport.NBA, FEW_TREES)


@pytest.fixture
def league_home(raw_template: Path, tmp_path: Path) -> Backends:
    """A home that holds both leagues' raw tables and nothing else."""
    shutil.copytree(raw_template, tmp_path / "home")
    return open_home(tmp_path / "home")


@pytest.fixture
def played_home(played_template: Path, tmp_path: Path) -> Backends:
    """A home in which one day of each sport has run."""
    shutil.copytree(played_template, tmp_path / "home")
    return open_home(tmp_path / "home")


@pytest.fixture
def graded_home(graded_template: Path, tmp_path: Path) -> Backends:
    """A home in which several days of each sport are graded."""
    shutil.copytree(graded_template, tmp_path / "home")
    return open_home(tmp_path / "home")


@pytest.fixture
def trained_home(trained_template: Path, tmp_path: Path) -> Backends:
    """A home with a model of points."""
    shutil.copytree(trained_template, tmp_path / "home")
    return open_home(tmp_path / "home")


@pytest.fixture
def played_home_elsewhere(played_template: Path, tmp_path: Path) -> Backends:
    """A played home beside another one of the same test."""
    shutil.copytree(played_template, tmp_path / "elsewhere")
    return open_home(tmp_path / "elsewhere")
