"""Runs, the grid of expected outputs and the pointer to the current slate, on every state store."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from propcast.backends.state.ledger import Ledger, flip
from propcast.backends.state.outbox import OUTBOX
from propcast.backends.state.port import State, Transaction
from propcast.backends.state.records import CurrentSlate, ExpectedOutput, Run, StepState
from propcast.core.errors import InputError, StoreConflict
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport

NOON = datetime(2025, 10, 24, 12, tzinfo=UTC)
DAY = GameDay.parse("2025-10-24")
RUN = Run("run-1", "analytics", Sport.NBA, DAY, NOON, inputs={"raw_nba_player_box": "abc"}, version="0.1.0")
CELL = ExpectedOutput(Sport.NBA, DAY, "features", "nba:0022500001", expected=30)
SLATE = CurrentSlate(Sport.NBA, DAY, "batch-1", NOON, counts={"forecast": 176})


def test_a_run_is_written_when_it_opens_and_closed_by_its_id(ledger: Ledger) -> None:
    ledger.open_run(RUN)
    assert ledger.runs() == [RUN]
    later = NOON + timedelta(seconds=2)
    ledger.close_run("run-1", closed_at=later, outcome=StepState.DEGRADED, reason="2 late", counts={"rows": 5})
    closed = replace(RUN, closed_at=later, outcome=StepState.DEGRADED, reason="2 late", counts={"rows": 5})
    assert ledger.runs() == [closed]


def test_a_run_id_is_used_once(ledger: Ledger) -> None:
    ledger.open_run(RUN)
    with pytest.raises(StoreConflict, match="run-1"):
        ledger.open_run(replace(RUN, step="other"))
    assert ledger.runs() == [RUN]


def test_a_run_closes_once_and_only_if_open(ledger: Ledger) -> None:
    with pytest.raises(StoreConflict, match="run-1"):
        ledger.close_run("run-1", closed_at=NOON, outcome=StepState.DONE, counts={})
    ledger.open_run(RUN)
    ledger.close_run("run-1", closed_at=NOON, outcome=StepState.FAILED, counts={})
    with pytest.raises(StoreConflict, match="run-1"):
        ledger.close_run("run-1", closed_at=NOON, outcome=StepState.DONE, counts={})
    assert ledger.runs()[0].outcome is StepState.FAILED


def test_runs_come_newest_first_and_can_be_narrowed(ledger: Ledger) -> None:
    kinds = [(Sport.NBA, DAY), (Sport.MLB, DAY), (Sport.NBA, DAY.plus(1)), (Sport.NBA, None)]
    for number, (sport, day) in enumerate(kinds):
        opened = NOON + timedelta(minutes=number)
        ledger.open_run(replace(RUN, run_id=f"run-{number}", sport=sport, game_day=day, opened_at=opened))
    assert [r.run_id for r in ledger.runs()] == ["run-3", "run-2", "run-1", "run-0"]
    assert [r.run_id for r in ledger.runs(Sport.NBA)] == ["run-3", "run-2", "run-0"]
    assert [r.run_id for r in ledger.runs(game_day=DAY)] == ["run-1", "run-0"]
    assert [r.run_id for r in ledger.runs(Sport.NBA, DAY)] == ["run-0"]
    assert [r.run_id for r in ledger.runs(limit=1)] == ["run-3"]


def test_instants_are_kept_in_utc_so_that_order_is_time(ledger: Ledger) -> None:
    eastern = datetime(2025, 10, 24, 9, tzinfo=timezone(timedelta(hours=-4)))
    ledger.open_run(replace(RUN, run_id="later", opened_at=eastern))
    ledger.open_run(RUN)
    assert [r.run_id for r in ledger.runs()] == ["later", "run-1"]
    assert ledger.runs()[0].opened_at == eastern


@pytest.mark.proves("L47")
def test_an_instant_without_a_zone_is_refused(ledger: Ledger) -> None:
    with pytest.raises(InputError, match="no zone"):
        ledger.open_run(replace(RUN, opened_at=NOON.replace(tzinfo=None)))
    assert ledger.runs() == []


def test_an_expected_cell_is_not_ready_until_it_is_marked(ledger: Ledger) -> None:
    ledger.expect([CELL])
    assert ledger.expected(Sport.NBA, DAY) == [CELL]
    done = replace(CELL, state=StepState.DONE, actual=30)
    ledger.mark([done])
    assert ledger.expected(Sport.NBA, DAY) == [done]


def test_expecting_again_updates_the_number_and_keeps_the_state(ledger: Ledger) -> None:
    ledger.expect([CELL])
    ledger.mark([replace(CELL, state=StepState.FAILED, reason="NO_SOURCE", actual=0)])
    ledger.expect([replace(CELL, expected=31), replace(CELL, event_id="nba:0022500002")])
    assert ledger.expected(Sport.NBA, DAY) == [
        replace(CELL, expected=31, state=StepState.FAILED, reason="NO_SOURCE", actual=0),
        replace(CELL, event_id="nba:0022500002"),
    ]


def test_marking_keeps_the_expected_number_and_adds_an_undeclared_cell(ledger: Ledger) -> None:
    ledger.expect([CELL])
    undeclared = replace(CELL, step="grade", state=StepState.EMPTY_OK)
    ledger.mark([replace(CELL, expected=None, state=StepState.DONE), undeclared])
    cells = {c.step: (c.expected, c.state) for c in ledger.expected(Sport.NBA, DAY)}
    assert cells == {"features": (30, StepState.DONE), "grade": (30, StepState.EMPTY_OK)}


def test_a_grid_belongs_to_one_sport_and_day(ledger: Ledger) -> None:
    ledger.expect([CELL, replace(CELL, sport=Sport.MLB), replace(CELL, game_day=DAY.plus(1))])
    assert ledger.expected(Sport.NBA, DAY) == [CELL]


def test_marking_several_cells_is_all_or_nothing(ledger: Ledger) -> None:
    ledger.expect([CELL])
    broken = replace(CELL, event_id="no\0key", state=StepState.DONE)
    with pytest.raises(InputError, match="without NUL"):
        ledger.mark([replace(CELL, state=StepState.DONE), broken])
    assert ledger.expected(Sport.NBA, DAY) == [CELL]


def test_nothing_is_current_before_it_is_published(ledger: Ledger) -> None:
    assert ledger.current(Sport.NBA, DAY) is None
    assert ledger.publish(SLATE)
    assert ledger.current(Sport.NBA, DAY) == SLATE
    assert ledger.current(Sport.MLB, DAY) is None


def test_publishing_the_current_batch_again_changes_nothing(ledger: Ledger) -> None:
    ledger.publish(SLATE)
    assert not ledger.publish(replace(SLATE, published_at=NOON + timedelta(hours=1), counts={}))
    assert ledger.current(Sport.NBA, DAY) == SLATE


def test_another_batch_takes_over_in_one_flip(ledger: Ledger) -> None:
    ledger.publish(SLATE)
    newer = replace(SLATE, batch_id="batch-2", published_at=NOON + timedelta(hours=1), counts={"forecast": 177})
    assert ledger.publish(newer)
    assert ledger.current(Sport.NBA, DAY) == newer


def test_current_slates_of_a_span_come_oldest_first(ledger: Ledger) -> None:
    slates = [replace(SLATE, game_day=DAY.plus(days)) for days in (2, 0, 1, 3)]
    for slate in slates:
        ledger.publish(slate)
    found = ledger.current_between(Sport.NBA, DAY, DAY.plus(2))
    assert [s.game_day for s in found] == [DAY, DAY.plus(1), DAY.plus(2)]


def test_threads_share_one_store(ledger: Ledger) -> None:
    runs = [replace(RUN, run_id=f"run-{i}") for i in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ledger.open_run, runs))
    assert {r.run_id for r in ledger.runs()} == {r.run_id for r in runs}


def test_runs_of_one_instant_come_in_the_order_of_opening(ledger: Ledger) -> None:
    for run_id in ("b", "c", "a"):
        ledger.open_run(replace(RUN, run_id=run_id))
    assert [r.run_id for r in ledger.runs()] == ["a", "c", "b"]


def test_an_event_may_be_called_anything(ledger: Ledger) -> None:
    names = ["a/b", "a%2Fb", "Šarić–Peña.Jr", "🏀", "*", "step/event"]
    cells = [replace(CELL, event_id=name) for name in names] + [replace(CELL, step="features/step", event_id="event")]
    ledger.mark(cells)
    assert sorted(c.event_id for c in ledger.expected(Sport.NBA, DAY)) == sorted([*names, "event"])


def sent(state: State) -> list[tuple[object, object, object]]:
    bodies = [document.body for document in state.find(OUTBOX)]
    return [(body["topic"], body["order_key"], body["body"]) for body in bodies]


@pytest.mark.proves("L27")
def test_each_flip_puts_exactly_one_message_in_the_outbox(ledger: Ledger, state: State) -> None:
    for batch in ("batch-1", "batch-1", "batch-2"):
        ledger.publish(replace(SLATE, batch_id=batch))
    body = {
        "schema_version": 1,
        "sport": "nba",
        "game_day": "2025-10-24",
        "amendment": 0,
        "published_at": "2025-10-24T12:00:00.000000+00:00",
        "counts": {"forecast": 176},
    }
    assert sent(state) == [
        ("slate-published", batch, {**body, "batch_id": batch, "publication": batch})
        for batch in ("batch-1", "batch-2")
    ]


def test_an_amendment_flips_and_an_older_one_does_not(ledger: Ledger, state: State) -> None:
    amended = replace(SLATE, amendment=1, counts={"forecast": 180})
    assert [ledger.publish(slate) for slate in (SLATE, amended, SLATE, amended)] == [True, True, False, False]
    assert ledger.current(Sport.NBA, DAY) == amended
    assert len(sent(state)) == 2


@pytest.mark.proves("L27")
def test_a_flip_without_its_message_does_not_happen(ledger: Ledger, state: State) -> None:
    unsendable = replace(SLATE, counts={"forecast": float("nan")})  # type: ignore[dict-item]
    with pytest.raises(InputError, match="not JSON"):
        ledger.publish(unsendable)
    assert (ledger.current(Sport.NBA, DAY), sent(state)) == (None, [])


def test_a_flip_belongs_to_the_transaction_it_is_part_of(ledger: Ledger, state: State) -> None:
    def lost(tx: Transaction) -> None:
        flip(tx, SLATE, {"missing": ["nba:player:9"]})
        raise OSError("power cut")

    with pytest.raises(OSError, match="power cut"):
        state.transact(lost)
    assert (ledger.current(Sport.NBA, DAY), sent(state)) == (None, [])
