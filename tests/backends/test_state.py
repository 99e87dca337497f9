"""What every state store must do."""

import json
import multiprocessing
import sqlite3
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from threading import Barrier

import pytest

from propcast.backends.state.port import CurrentSlate, ExpectedOutput, Run, State, StepState
from propcast.backends.state.sqlite import SqliteState
from propcast.core.errors import InputError, StoreConflict
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport

NOON = datetime(2025, 10, 24, 12, tzinfo=UTC)
DAY = GameDay.parse("2025-10-24")
RUN = Run("run-1", "analytics", Sport.NBA, DAY, NOON, inputs={"raw_nba_player_box": "abc"}, version="0.1.0")
CELL = ExpectedOutput(Sport.NBA, DAY, "features", "nba:0022500001", expected=30)
SLATE = CurrentSlate(Sport.NBA, DAY, "batch-1", NOON, counts={"forecast": 176})


def test_a_run_is_written_when_it_opens_and_closed_by_its_id(state: State) -> None:
    state.open_run(RUN)
    assert state.runs() == [RUN]
    later = NOON + timedelta(seconds=2)
    state.close_run("run-1", closed_at=later, outcome=StepState.DEGRADED, reason="2 late", counts={"rows": 5})
    closed = replace(RUN, closed_at=later, outcome=StepState.DEGRADED, reason="2 late", counts={"rows": 5})
    assert state.runs() == [closed]


def test_a_run_id_is_used_once(state: State) -> None:
    state.open_run(RUN)
    with pytest.raises(StoreConflict, match="run-1"):
        state.open_run(replace(RUN, step="other"))
    assert state.runs() == [RUN]


def test_a_run_closes_once_and_only_if_open(state: State) -> None:
    with pytest.raises(StoreConflict, match="run-1"):
        state.close_run("run-1", closed_at=NOON, outcome=StepState.DONE, counts={})
    state.open_run(RUN)
    state.close_run("run-1", closed_at=NOON, outcome=StepState.FAILED, counts={})
    with pytest.raises(StoreConflict, match="run-1"):
        state.close_run("run-1", closed_at=NOON, outcome=StepState.DONE, counts={})
    assert state.runs()[0].outcome is StepState.FAILED


def test_runs_come_newest_first_and_can_be_narrowed(state: State) -> None:
    kinds = [(Sport.NBA, DAY), (Sport.MLB, DAY), (Sport.NBA, DAY.plus(1)), (Sport.NBA, None)]
    for number, (sport, day) in enumerate(kinds):
        opened = NOON + timedelta(minutes=number)
        state.open_run(replace(RUN, run_id=f"run-{number}", sport=sport, game_day=day, opened_at=opened))
    assert [r.run_id for r in state.runs()] == ["run-3", "run-2", "run-1", "run-0"]
    assert [r.run_id for r in state.runs(Sport.NBA)] == ["run-3", "run-2", "run-0"]
    assert [r.run_id for r in state.runs(game_day=DAY)] == ["run-1", "run-0"]
    assert [r.run_id for r in state.runs(Sport.NBA, DAY)] == ["run-0"]
    assert [r.run_id for r in state.runs(limit=1)] == ["run-3"]


def test_instants_are_kept_in_utc_so_that_order_is_time(state: State) -> None:
    eastern = datetime(2025, 10, 24, 9, tzinfo=timezone(timedelta(hours=-4)))
    state.open_run(replace(RUN, run_id="later", opened_at=eastern))
    state.open_run(RUN)
    assert [r.run_id for r in state.runs()] == ["later", "run-1"]
    assert state.runs()[0].opened_at == eastern


@pytest.mark.proves("L47")
def test_an_instant_without_a_zone_is_refused(state: State) -> None:
    with pytest.raises(InputError, match="no zone"):
        state.open_run(replace(RUN, opened_at=NOON.replace(tzinfo=None)))
    assert state.runs() == []


def test_an_expected_cell_is_not_ready_until_it_is_marked(state: State) -> None:
    state.expect([CELL])
    assert state.expected(Sport.NBA, DAY) == [CELL]
    done = replace(CELL, state=StepState.DONE, actual=30)
    state.mark([done])
    assert state.expected(Sport.NBA, DAY) == [done]


def test_expecting_again_updates_the_number_and_keeps_the_state(state: State) -> None:
    state.expect([CELL])
    state.mark([replace(CELL, state=StepState.FAILED, reason="NO_SOURCE", actual=0)])
    state.expect([replace(CELL, expected=31), replace(CELL, event_id="nba:0022500002")])
    assert state.expected(Sport.NBA, DAY) == [
        replace(CELL, expected=31, state=StepState.FAILED, reason="NO_SOURCE", actual=0),
        replace(CELL, event_id="nba:0022500002"),
    ]


def test_marking_keeps_the_expected_number_and_adds_an_undeclared_cell(state: State) -> None:
    state.expect([CELL])
    undeclared = replace(CELL, step="grade", state=StepState.EMPTY_OK)
    state.mark([replace(CELL, expected=None, state=StepState.DONE), undeclared])
    cells = {c.step: (c.expected, c.state) for c in state.expected(Sport.NBA, DAY)}
    assert cells == {"features": (30, StepState.DONE), "grade": (30, StepState.EMPTY_OK)}


def test_a_grid_belongs_to_one_sport_and_day(state: State) -> None:
    state.expect([CELL, replace(CELL, sport=Sport.MLB), replace(CELL, game_day=DAY.plus(1))])
    assert state.expected(Sport.NBA, DAY) == [CELL]


def test_marking_several_cells_is_all_or_nothing(state: State) -> None:
    state.expect([CELL])
    broken = replace(CELL, step=None, state=StepState.DONE)  # type: ignore[arg-type]
    with pytest.raises(sqlite3.IntegrityError):
        state.mark([replace(CELL, state=StepState.DONE), broken])
    assert state.expected(Sport.NBA, DAY) == [CELL]


def test_nothing_is_current_before_it_is_published(state: State) -> None:
    assert state.current(Sport.NBA, DAY) is None
    assert state.publish(SLATE)
    assert state.current(Sport.NBA, DAY) == SLATE
    assert state.current(Sport.MLB, DAY) is None


def test_publishing_the_current_batch_again_changes_nothing(state: State) -> None:
    state.publish(SLATE)
    assert not state.publish(replace(SLATE, published_at=NOON + timedelta(hours=1), counts={}))
    assert state.current(Sport.NBA, DAY) == SLATE


def test_another_batch_takes_over_in_one_flip(state: State) -> None:
    state.publish(SLATE)
    newer = replace(SLATE, batch_id="batch-2", published_at=NOON + timedelta(hours=1), counts={"forecast": 177})
    assert state.publish(newer)
    assert state.current(Sport.NBA, DAY) == newer


def test_current_slates_of_a_span_come_oldest_first(state: State) -> None:
    slates = [replace(SLATE, game_day=DAY.plus(days)) for days in (2, 0, 1, 3)]
    for slate in slates:
        state.publish(slate)
    found = state.current_between(Sport.NBA, DAY, DAY.plus(2))
    assert [s.game_day for s in found] == [DAY, DAY.plus(1), DAY.plus(2)]


def test_threads_share_one_store(state: State) -> None:
    runs = [replace(RUN, run_id=f"run-{i}") for i in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(state.open_run, runs))
    assert {r.run_id for r in state.runs()} == {r.run_id for r in runs}


# Below: what the SQLite adapter promises beside the port.


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.sqlite"


def outbox(path: Path) -> list[tuple[str, dict[str, object]]]:
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT topic, body FROM outbox ORDER BY id").fetchall()
    connection.close()
    return [(topic, json.loads(body)) for topic, body in rows]


@pytest.mark.proves("L27")
def test_each_flip_puts_exactly_one_message_in_the_outbox(path: Path) -> None:
    state = SqliteState(path)
    for batch in ("batch-1", "batch-1", "batch-2"):
        state.publish(replace(SLATE, batch_id=batch))
    assert [(topic, body["batch_id"]) for topic, body in outbox(path)] == [
        ("slate-published", "batch-1"),
        ("slate-published", "batch-2"),
    ]
    assert outbox(path)[0][1]["counts"] == {"forecast": 176}


@pytest.mark.proves("L27")
def test_a_flip_without_its_message_does_not_happen(path: Path) -> None:
    state = SqliteState(path)
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("CREATE TRIGGER full BEFORE INSERT ON outbox BEGIN SELECT RAISE(FAIL, 'disk full'); END")
    blocker.close()
    with pytest.raises(sqlite3.IntegrityError, match="disk full"):
        state.publish(SLATE)
    assert state.current(Sport.NBA, DAY) is None


def test_what_was_committed_is_there_after_reopening(path: Path) -> None:
    SqliteState(path).publish(SLATE)
    assert SqliteState(path).current(Sport.NBA, DAY) == SLATE


def test_a_store_of_another_schema_version_is_refused(path: Path) -> None:
    SqliteState(path)
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("UPDATE schema_version SET version = 99")
    connection.close()
    with pytest.raises(StoreConflict, match="schema version 99"):
        SqliteState(path)


def test_processes_open_and_write_at_once(path: Path) -> None:
    with ProcessPoolExecutor(4, mp_context=multiprocessing.get_context("spawn")) as pool:
        flips = sum(pool.map(publish_all, [path] * 4))
    assert flips == len(outbox(path)) == 10
    assert len(SqliteState(path).runs()) == 40


def test_first_openers_at_once_agree_on_one_schema(path: Path) -> None:
    start = Barrier(8)

    def open_store(_: int) -> list[Run]:
        start.wait()
        return SqliteState(path).runs()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(open_store, range(8))) == [[]] * 8


def publish_all(path: Path) -> int:
    state = SqliteState(path)
    worker = multiprocessing.current_process().name
    for number in range(10):
        state.open_run(replace(RUN, run_id=f"{worker}-{number}-{id(state)}"))
    return sum(state.publish(replace(SLATE, game_day=DAY.plus(day))) for day in range(10))
