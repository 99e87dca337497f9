"""A whole supervisor as a process: how it ends, what it refuses, and what it leaves behind."""

import os
import signal
import socket
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from propcast.core.errors import StoreUnavailable
from propcast.service.supervision.ending import take_down
from propcast.service.supervision.events import Event, Kind
from propcast.service.supervision.leftovers import left_behind
from propcast.service.supervision.place import Place
from propcast.service.supervision.processes import process_id
from propcast.service.supervision.running import Undertaking, run
from tests.service.supervision.session import session
from tests.service.supervision.stand import PATIENCE_S, QUICK, toy

ENDS = {Kind.STOPPED.value, Kind.ALL_STOPPED.value}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everything_and_the_record_goes(tmp_path: Path, number: signal.Signals) -> None:
    with session(tmp_path, [[toy("one")], [toy("two", "beating")]]) as running:
        running.until(Kind.ALL_STARTED)
        running.send(number)
        assert running.end() == 0
    assert [(told["kind"], told["process"]) for told in running.told if told["kind"] in ENDS] == [
        ("stopped", "two"), ("stopped", "one"), ("all_stopped", ""),
    ]  # fmt: skip
    assert running.children() == []
    assert Place(tmp_path).record() is None


@pytest.mark.parametrize("character", ["well", "stubborn"])
def test_no_process_outlives_a_supervisor_that_was_killed(tmp_path: Path, character: str) -> None:
    with session(tmp_path, [[toy("one", character), toy("two", "beating")]], grace_s=0.3) as running:
        running.until(Kind.ALL_STARTED)
        orphans = running.children()
        assert len(orphans) == 2
        running.send(signal.SIGKILL)
        assert all(orphan.wait(PATIENCE_S) for orphan in orphans)


def test_the_home_of_a_killed_supervisor_can_be_used_again(tmp_path: Path) -> None:
    one = toy("one", "stubborn")
    with session(tmp_path, [[one]]) as killed:
        killed.until(Kind.ALL_STARTED)
        killed.send(signal.SIGKILL)
        killed.end()
    assert Place(tmp_path).running() is None
    with session(tmp_path, [[one]], grace_s=0.1) as running:
        running.until(Kind.ALL_STARTED)
        assert len(running.children()) == 1
    assert killed.children() == []


def test_a_second_supervisor_of_a_home_is_refused(tmp_path: Path) -> None:
    with session(tmp_path, [[toy("one")]]) as running:
        running.until(Kind.ALL_STARTED)
        with session(tmp_path, [[toy("other")]]) as second:
            assert second.end() == 1
        (refused,) = second.told
        assert f"up already in {tmp_path} (process {running.process.pid}, since" in refused["note"]
        assert "propcast down" in refused["note"]
        assert Place(tmp_path).running() is not None


def test_a_port_that_is_taken_is_named_before_anything_starts(tmp_path: Path) -> None:
    one, two = toy("one"), toy("two")
    with socket.create_server(("127.0.0.1", two.port or 0)), session(tmp_path, [[one, two]]) as running:
        assert running.end() == 2
    (refused,) = running.told
    assert f"port {two.port} (two) is taken by another program" in refused["note"]
    assert "PROPCAST_BASE_PORT" in refused["note"]


def test_a_second_signal_waits_for_nobody(tmp_path: Path) -> None:
    with session(tmp_path, [[toy("one", "stubborn")]], grace_s=60) as running:
        running.until(Kind.ALL_STARTED)
        running.send(signal.SIGINT)
        running.until(Kind.STOPPING, "one")
        running.send(signal.SIGINT)
        running.end()
    assert [told["note"] for told in running.told if told["kind"] == Kind.STOPPED] == ["was ended by SIGKILL"]


def test_the_record_says_what_runs(tmp_path: Path) -> None:
    one = toy("one")
    with session(tmp_path, [[one, toy("two", "beating")]]) as running:
        running.until(Kind.ALL_STARTED)
        record = running.place.running()
        assert record is not None
        first, second = record.processes
        assert (first.name, first.state, first.restarts, first.address) == ("one", "ready", 0, one.address)
        assert first.process == process_id(first.pid or 0)
        assert first.ready_ms is not None
        assert second.address == ""


def test_down_ends_a_supervisor_and_says_how_much_ran(tmp_path: Path) -> None:
    with session(tmp_path, [[toy("one"), toy("two")]]) as running:
        running.until(Kind.ALL_STARTED)
        ended = take_down(running.place, QUICK)
        assert (ended.processes, ended.killed) == (3, 0)
        assert running.children() == []
    assert take_down(Place(tmp_path), QUICK).processes == 0


def test_down_ends_what_a_killed_supervisor_left_behind(tmp_path: Path) -> None:
    with session(tmp_path, [[toy("one", "stubborn")]]) as running:
        running.until(Kind.ALL_STARTED)
        running.send(signal.SIGKILL)
        running.end()
    assert len(left_behind(Place(tmp_path))) == 1
    assert take_down(Place(tmp_path), replace(QUICK, grace_s=0.1)).killed == 1
    assert running.children() == []


def prepared(home: Path, errors: Sequence[StoreUnavailable | None]) -> list[Event]:
    """Run nothing in a home that cannot be prepared at first; return what was told by the end."""
    left, told = list(errors), list[Event]()

    def prepare() -> None:
        if error := left.pop(0):
            raise error

    def tell(event: Event) -> None:
        told.append(event)
        if event.kind is Kind.ALL_STARTED:
            os.kill(os.getpid(), signal.SIGTERM)

    run(Undertaking(Place(home), [], prepare, QUICK), tell)
    return told


def test_a_store_that_somebody_holds_makes_the_start_wait_and_is_told_once(tmp_path: Path) -> None:
    held = StoreUnavailable("bus.sqlite does not answer (database is locked)")
    told = prepared(tmp_path, [held, held, held, None])
    assert [event.kind for event in told] == [Kind.HELD_UP, Kind.ALL_STARTED, Kind.ALL_STOPPED]
    assert told[0].note == f"the start waits, {QUICK.prepare_s:g} s at most: {held}"


def test_a_store_that_stays_away_ends_the_start_and_leaves_no_record(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="gone for good"):
        prepared(tmp_path, [StoreUnavailable("gone for good")] * 10_000)
    assert Place(tmp_path).record() is None
