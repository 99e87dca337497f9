"""A simulated world goes through the whole pipeline, labelled, idempotent, and with its truth out of reach."""

import ast
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from propcast.backends.compose import Backends, compose
from propcast.backends.settings import Settings
from propcast.backends.warehouse.port import In, Stamp
from propcast.core.clock import FixedClock
from propcast.core.errors import InputError
from propcast.core.gameday import GameDay
from propcast.core.provenance import SIMULATED, simulated
from propcast.core.reasons import Status
from propcast.core.sport import Sport
from propcast.pipeline.analytics import analytics_step
from propcast.pipeline.champion import CHAMPION
from propcast.pipeline.day import run_day
from propcast.pipeline.grading import grade_day, grade_step
from propcast.pipeline.importing import import_history
from propcast.pipeline.linebook import line_book_step
from propcast.pipeline.precompute import precompute_step, profiles_step, training_step
from propcast.pipeline.provenance import simulated_sports
from propcast.pipeline.simulating import Simulation, simulate
from propcast.pipeline.slate import forecast_step
from propcast.pipeline.sports import PLANS
from propcast.pipeline.steps import Step
from propcast.sources.history.layout import LAYOUT
from propcast.tables import raw
from propcast.tables.forecasts import PREDICTIONS
from propcast.tables.reference import QUARANTINE, REF_PLAYERS
from propcast.tables.registry import ALL
from propcast.tables.schema import Table
from propcast.tables.truth import TRUTH
from tests.pipeline.conftest import NOW

SEED = 7
TODAY = {Sport.NBA: GameDay.parse("2025-11-19"), Sport.MLB: GameDay.parse("2025-04-22")}
SPORTS = pytest.mark.parametrize("sport", list(Sport))
PACKAGE = Path(__file__).parents[2] / "src" / "propcast"


def open_at(home: Path) -> Backends:
    return compose(Settings(home=home, history=home / "none"), FixedClock(datetime(2026, 7, 1, 12, tzinfo=UTC)))


def simulation(sport: Sport, days_on: int = 0, **changes: int) -> Simulation:
    return Simulation(TODAY[sport].plus(days_on), (sport,), **{"seasons": 1, "seed": SEED, "quoted_days": 3} | changes)


@pytest.fixture(scope="session")
def world_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with both simulated leagues some weeks into a season, today's slates forecast."""
    home = tmp_path_factory.mktemp("world") / "home"
    backends = open_at(home)
    for sport in Sport:
        simulate(backends, simulation(sport))
        run_day(backends, sport, TODAY[sport])
    return home


@pytest.fixture
def world(world_template: Path, tmp_path: Path) -> Backends:
    shutil.copytree(world_template, tmp_path / "home")
    return open_at(tmp_path / "home")


@pytest.fixture
def nothing(tmp_path: Path) -> Backends:
    return open_at(tmp_path / "nothing")


def quoted_today(backends: Backends, sport: Sport) -> pl.DataFrame:
    quotes = backends.warehouse.read(raw.RAW_QUOTES, [In("game_day", (TODAY[sport].date,)), In("sport", (sport,))])
    return quotes.select("event_id", pl.col("subject").alias("participant_id"), "market").unique()


@SPORTS
def test_every_quoted_participant_gets_a_forecast(world: Backends, sport: Sport) -> None:
    report = run_day(world, sport, TODAY[sport])
    champion = report.predictions.filter((pl.col("system") == CHAMPION) & pl.col("is_quoted"))
    quoted = quoted_today(world, sport)
    assert quoted.height > 20
    assert quoted.join(champion, on=quoted.columns, how="anti").is_empty()
    assert (champion["status"] == Status.FORECAST).mean() > 0.9  # type: ignore[operator]
    assert champion.filter((pl.col("status") != Status.FORECAST) & (pl.col("reasons").list.len() == 0)).is_empty()


@pytest.mark.parametrize(("sport", "system"), [(Sport.NBA, "zone_matchup"), (Sport.MLB, "lineup_bottom_up")])
def test_the_systems_that_history_silences_speak(world: Backends, sport: Sport, system: str) -> None:
    """Shots by zone and confirmed line-ups exist here (decision 11)."""
    predictions = run_day(world, sport, TODAY[sport]).predictions
    spoken = predictions.filter((pl.col("system") == system) & (pl.col("status") == Status.FORECAST))
    assert spoken["participant_id"].n_unique() > 15


@SPORTS
def test_the_day_after_everybody_is_settled_or_void(world: Backends, sport: Sport) -> None:
    simulate(world, simulation(sport, days_on=1))
    run_day(world, sport, TODAY[sport].plus(1))
    report = grade_day(world, sport, TODAY[sport])
    champion = report.sums.filter(pl.col("system") == CHAMPION)
    assert champion["quoted"].sum() > 20
    assert champion["open"].sum() == 0
    assert (champion["settled"] + champion["void"] == champion["quoted"]).all()


@SPORTS
def test_a_second_run_writes_nothing(world: Backends, sport: Sport) -> None:
    report = simulate(world, simulation(sport))
    assert report.written == 0
    assert sum(one.rows for one in report.told) > 10_000


@SPORTS
def test_the_next_day_is_appended(world: Backends, sport: Sport) -> None:
    """Rows of earlier days stay as they are, to the last one's content."""
    tables = [table for table in ALL.values() if table.name.startswith("raw_") and world.warehouse.count(table)]
    before = {table.name: until(world, table, sport) for table in tables}
    report = simulate(world, simulation(sport, days_on=1))
    assert report.written > 0
    for table in tables:
        assert until(world, table, sport).equals(before[table.name]), table.name


def until(backends: Backends, table: Table, sport: Sport) -> pl.DataFrame:
    rows = backends.warehouse.read(table)
    return rows.filter(pl.col("game_day") < TODAY[sport].date) if "game_day" in table.schema else rows.clear()


def test_a_few_days_extend_a_world_as_whole_seasons_do(world: Backends, tmp_path: Path) -> None:
    """Whoever runs day by day tells only the latest days, and arrives at the same tables."""
    shutil.copytree(world.settings.home, tmp_path / "other")
    other = open_at(tmp_path / "other")
    simulate(world, simulation(Sport.MLB, days_on=1))
    simulate(other, simulation(Sport.MLB, days_on=1, days=2))
    for table in (
        raw.RAW_MLB_PITCHER_GAME,
        raw.RAW_MLB_PLATE_APPEARANCES,
        raw.RAW_QUOTES,
        raw.RAW_VENDOR_EVENTS,
        TRUTH,
    ):
        assert world.warehouse.content_hash(table) == other.warehouse.content_hash(table), table.name


def test_a_day_can_be_told_instant_by_instant(world: Backends) -> None:
    tomorrow = TODAY[Sport.NBA].plus(1)
    counts = []
    for hour in (16, 21, 26):
        at = tomorrow.plus(hour // 24).at_utc(hour % 24)
        simulate(world, simulation(Sport.NBA, days_on=1, days=2), known_by=at)
        quotes = world.warehouse.read(raw.RAW_QUOTES, [In("game_day", (tomorrow.date,))])
        assert quotes.is_empty() or quotes["observed_at"].max() <= at  # type: ignore[operator]
        counts.append(quotes.height)
    assert counts[0] < counts[1] < counts[2]


def test_everything_made_from_it_is_labelled(world: Backends) -> None:
    assert simulated_sports(world.warehouse) == frozenset(Sport)
    for table in ALL.values():
        rows = world.warehouse.read(table)
        for column in ("event_id", "participant_id", "subject"):
            if column in rows.columns and not rows.is_empty():
                assert rows.select(simulated(column).fill_null(value=True).all()).item(), (table.name, column)
        if "source" in rows.columns and not rows.is_empty():
            assert set(rows["source"]) == {SIMULATED}, table.name
    assert world.warehouse.read(PREDICTIONS)["player_name"].str.contains("(sim", literal=True).all()


def test_quotes_in_play_are_held_back(world: Backends) -> None:
    held = world.warehouse.read(QUARANTINE, [In("origin", (SIMULATED,))])
    assert held.height > 0
    assert set(held["table_name"]) == {raw.RAW_QUOTES.name}


def test_no_step_reads_the_truth(world: Backends) -> None:
    makers: list[Callable[..., Step]] = [
        analytics_step, line_book_step, precompute_step, profiles_step, training_step, forecast_step, grade_step,
    ]  # fmt: skip
    steps = [make(plan) for make in makers for plan in PLANS.values()]
    assert len(steps) == 2 * len(makers)
    assert all(TRUTH not in (*step.reads, *step.writes) for step in steps)
    assert TRUTH.name not in ALL
    assert world.warehouse.count(TRUTH) > 100


def test_only_the_simulation_knows_of_the_truth() -> None:
    """Nothing else in the package imports its table or the rooms that make it."""
    secret = ("propcast.tables.truth", "propcast.sources.simulated")
    allowed = ("sources/simulated/", "pipeline/simulating.py")
    knowing = [
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if any(name.startswith(secret) for name in imports(path))
    ]
    assert len(knowing) > 10
    assert [path for path in knowing if not path.startswith(allowed)] == []


def imports(path: Path) -> list[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    whole = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    return whole + [str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)]


def test_worlds_do_not_mix(nothing: Backends, world: Backends) -> None:
    person = world.warehouse.read(REF_PLAYERS).head(1).with_columns(source=pl.lit("league"))
    nothing.warehouse.write(REF_PLAYERS, person, Stamp("league", NOW))
    with pytest.raises(InputError, match="observed rows"):
        simulate(nothing, simulation(Sport.MLB))
    with pytest.raises(InputError, match="with seed 7"):
        simulate(world, simulation(Sport.MLB, seed=8))
    with pytest.raises(InputError, match="SIMULATED world"):
        import_history(world.warehouse, Path("nowhere") / LAYOUT[0].file_name, world.clock, lambda *_: None)


def test_a_scaled_world_is_several_leagues_at_once(nothing: Backends) -> None:
    """Travel and rest know where a copy's teams play, so that the analytics build it whole."""
    report = simulate(nothing, simulation(Sport.NBA, scale=3, days=6, quoted_days=1))
    day = run_day(nothing, Sport.NBA, TODAY[Sport.NBA])
    events = day.predictions["event_id"].unique().to_list()
    assert report.written > 0
    assert {event.partition("~")[2] for event in events} == {"", "1", "2"}
    assert day.sums()["quoted"].sum() > 2.5 * 20


@pytest.mark.parametrize("wrong", ["seasons", "scale", "quoted_days", "days"])
def test_a_number_that_makes_no_sense_is_refused(wrong: str) -> None:
    with pytest.raises(InputError, match=f"{wrong} must be at least 1"):
        simulation(Sport.NBA, **{wrong: 0})


def test_progress_is_told_per_season(nothing: Backends) -> None:
    told: list[tuple[str, int, int]] = []
    simulate(nothing, simulation(Sport.MLB, days=2, seasons=2), lambda *step: told.append(step))
    assert told == [("mlb 2024", 0, 2), ("mlb 2025", 1, 2), ("done", 2, 2)]
