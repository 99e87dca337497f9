"""Status: whether the latest days worked, at a glance, and what to do where they did not."""

import polars as pl
import pytest

from propcast.backends.compose import Backends
from propcast.backends.state.records import ExpectedOutput, Run, StepState
from propcast.backends.warehouse.port import Stamp
from propcast.core.errors import NotReady
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.day import run_day
from propcast.pipeline.status import RECENT_RUNS, Status, status
from propcast.pipeline.steps import Step, StepResult, StepStore, run_step
from propcast.tables.raw import RAW_QUOTES
from propcast.tables.reference import QUARANTINE
from tests.league.nba import nba_league
from tests.pipeline.conftest import GRADED, MLB_DAY, NBA_DAY, NO_GAMES, NOW, POSTPONED


def of_day(found: Status, sport: Sport, day: GameDay) -> dict[str, object]:
    """The row of a day."""
    return next(
        row for row in found.days.iter_rows(named=True) if (row["sport"], row["game_day"]) == (sport.value, day.date)
    )


def fail(backends: Backends, step: str, day: GameDay, reason: str) -> None:
    """Run a step that cannot work."""

    def work(store: StepStore) -> StepResult:
        raise NotReady(reason)

    with pytest.raises(NotReady):
        run_step(backends, Step(step, (), ()), Sport.NBA, day, work)


@pytest.mark.parametrize(("sport", "day"), GRADED)
def test_a_day_that_worked_got_what_was_expected(graded_home: Backends, sport: Sport, day: GameDay) -> None:
    row = of_day(status(graded_home), sport, day)
    for step in ("features", "predictions", "grades"):
        assert row[f"{step}_actual"] == row[f"{step}_expected"]
        assert row[f"{step}_expected"]
        assert row[f"{step}_state"] == "done"
    assert row["published_at"] is not None


def test_days_stand_newest_first_by_sport(graded_home: Backends) -> None:
    days = status(graded_home).days
    nba = days["game_day"].to_list()[: sum(sport is Sport.NBA for sport, _ in GRADED) + 1]
    assert nba == sorted(nba, reverse=True)
    assert (nba[0], days["sport"][0]) == (POSTPONED.date, "nba")


def test_nothing_wrong_is_no_problem(graded_home: Backends) -> None:
    assert status(graded_home).problems == []


def test_a_day_without_games_is_in_order(graded_home: Backends) -> None:
    row = of_day(status(graded_home), Sport.NBA, NO_GAMES)
    assert {row[f"{step}_state"] for step in ("features", "predictions", "grades")} == {"empty_ok"}
    assert row["published_at"] is None


def test_a_failed_attempt_is_a_problem_with_its_reason(played_home: Backends) -> None:
    """Also a day that never published appears among the latest ones."""
    fail(played_home, "nba/forecast", NBA_DAY.plus(1), "the quotes are not in")
    found = status(played_home)
    assert any("nba/forecast 2024-12-08" in said and "the quotes are not in" in said for said in found.problems)
    assert of_day(found, Sport.NBA, NBA_DAY.plus(1))["published_at"] is None


def test_a_failure_that_was_mended_is_none(played_home: Backends) -> None:
    fail(played_home, "nba/forecast", NBA_DAY, "the quotes are not in")
    assert status(played_home).problems
    run_day(played_home, Sport.NBA, NBA_DAY)
    assert status(played_home).problems == []


def test_an_attempt_that_never_ended_is_a_problem(played_home: Backends) -> None:
    played_home.ledger.open_run(Run("dead", "nba/precompute", Sport.NBA, NBA_DAY.plus(1), NOW))
    assert any("did not end" in said for said in status(played_home).problems)


@pytest.mark.proves("L29")
def test_missing_rows_are_a_problem_that_names_the_command(played_home: Backends) -> None:
    """Success is what the schedule expects, not that something ran."""
    short = ExpectedOutput(Sport.MLB, MLB_DAY, "predictions", "mlb:x", 5, StepState.DEGRADED, "4 of 5 rows", 4)
    played_home.ledger.expect([short])
    played_home.ledger.mark([short])
    (said,) = status(played_home).problems
    assert said.startswith("mlb 2025-05-19: predictions degraded")
    assert said.endswith("propcast day --sport mlb --date 2025-05-19`")


def test_rows_held_back_are_counted_by_what_is_wrong(played_home: Backends) -> None:
    """Released ones are not counted."""
    bad = nba_league().in_play_quotes
    wrong = pl.Series("violations", [["observed at or after the start"]] * bad.height)
    held = bad.with_columns(wrong)
    played_home.warehouse.quarantine(RAW_QUOTES, held, Stamp("x", NOW), origin="test")
    counted = status(played_home).held
    assert counted.rows() == [("raw_quotes", "observed at or after the start", bad.height)]
    rows = played_home.warehouse.read(QUARANTINE)
    played_home.warehouse.write(QUARANTINE, rows.with_columns(pl.lit("replayed").alias("state")), Stamp("y", NOW))
    assert status(played_home).held.is_empty()


def test_tables_are_counted_only_when_asked(played_home: Backends) -> None:
    assert status(played_home).stored.is_empty()
    counted = dict(status(played_home, tables=True).stored.select("table", "rows").iter_rows())
    assert counted["raw_nba_player_box"] == nba_league().player_box.height


def test_the_latest_runs_come_first(graded_home: Backends) -> None:
    runs = status(graded_home).runs
    assert runs.height == RECENT_RUNS
    assert runs["step"][0] == "nba/forecast"  # of the day without games


def test_an_empty_home_has_a_status(empty_home: Backends) -> None:
    found = status(empty_home)
    assert (found.days.height, found.problems) == (0, [])
    assert dict(found.summary())["latest days"] == "none has run"
    assert found.tables() == []
