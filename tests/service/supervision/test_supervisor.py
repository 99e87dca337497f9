"""Processes start, are kept running, and end in order."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from propcast.core.clock import SystemClock
from propcast.service.supervision.events import Event, Kind
from propcast.service.supervision.processes import process_id
from propcast.service.supervision.record import Recorder, read_record
from tests.service.supervision.stand import QUICK, Stand, ask, standing, supervised, toy


def test_a_process_is_up_then_ready_and_its_output_is_in_its_log(tmp_path: Path) -> None:
    async def play(stand: Stand) -> None:
        ready = await stand.until(Kind.READY, "one")
        assert ready.duration_ms is not None
        assert ready.duration_ms > 0
        await stand.until(Kind.ALL_STARTED)

    stand = supervised(tmp_path, [toy("one")], play)
    assert stand.kinds("one") == [Kind.STARTING, Kind.UP, Kind.READY, Kind.STOPPING, Kind.STOPPED]
    assert stand.log("one") == "toy well with one\n"


def test_a_process_that_dies_is_started_again_after_a_pause(tmp_path: Path) -> None:
    one = toy("one")

    async def play(stand: Stand) -> None:
        first = await stand.until(Kind.READY, "one")
        await ask(one, "/die")
        second = await stand.until(Kind.READY, "one", times=2)
        assert first.pid != second.pid

    stand = supervised(tmp_path, [one], play)
    assert stand.kinds("one")[2:6] == [Kind.READY, Kind.ENDED, Kind.WAITING, Kind.STARTING]
    (ended,) = [event for event in stand.told if event.kind is Kind.ENDED]
    assert ended.note == "ended with exit code 3; it last said: toy well with one"


def test_a_process_that_cannot_start_is_given_up_and_the_others_run_on(tmp_path: Path) -> None:
    async def play(stand: Stand) -> None:
        await stand.until(Kind.GAVE_UP, "broken")
        await stand.until(Kind.ALL_STARTED)
        await stand.until(Kind.READY, "one")

    stand = supervised(tmp_path, [toy("broken", "broken"), toy("one")], play)
    assert stand.kinds("broken").count(Kind.STARTING) == QUICK.crashes + 1
    assert "toy cannot start: it is broken" in stand.told[[e.kind for e in stand.told].index(Kind.ENDED)].note
    assert Kind.ENDED not in stand.kinds("one")


def test_a_process_that_stops_answering_is_started_anew(tmp_path: Path) -> None:
    one = toy("one")

    async def play(stand: Stand) -> None:
        await stand.until(Kind.READY, "one")
        await ask(one, "/hush")
        await stand.until(Kind.READY, "one", times=2)

    stand = supervised(tmp_path, [one], play, replace(QUICK, probe_s=0.1))
    assert [kind for kind in stand.kinds("one") if kind in (Kind.SILENT, Kind.ENDED)] == [Kind.SILENT, Kind.ENDED]


def test_a_process_that_is_not_ready_is_left_alone(tmp_path: Path) -> None:
    """A dependency that is down must not restart every instance: only `/health` decides."""

    async def play(stand: Stand) -> None:
        await stand.until(Kind.NOT_READY, "one")
        await stand.until(Kind.ALL_STARTED)

    stand = supervised(tmp_path, [toy("one", "unready")], play)
    assert stand.kinds("one").count(Kind.STARTING) == 1


def test_a_process_without_a_port_is_up_when_it_shows_life(tmp_path: Path) -> None:
    async def play(stand: Stand) -> None:
        await stand.until(Kind.READY, "beating")
        mute = await stand.until(Kind.SILENT, "mute")
        assert mute.note == "no sign of life within 0.5 s of its start"

    supervised(tmp_path, [toy("beating", "beating"), toy("mute", "mute")], play, replace(QUICK, startup_s=0.5))


def test_a_process_that_does_not_stop_is_killed_after_the_grace(tmp_path: Path) -> None:
    async def play(stand: Stand) -> None:
        await stand.until(Kind.READY, "one")

    stand = supervised(tmp_path, [toy("one", "stubborn")], play, replace(QUICK, grace_s=0.1))
    assert [event.note for event in stand.told if event.kind is Kind.STOPPED] == ["was ended by SIGKILL"]


def test_a_stage_begins_when_the_one_before_is_up_and_ends_before_it(tmp_path: Path) -> None:
    async def perform() -> Stand:
        async with standing(tmp_path, [[toy("first"), toy("also")], [toy("then", "beating")]]) as stand:
            await stand.until(Kind.ALL_STARTED)
        return stand

    told = [(event.kind, event.process) for event in asyncio.run(perform()).told]
    assert told.index((Kind.UP, "first")) < told.index((Kind.STARTING, "then"))
    assert told.index((Kind.STOPPED, "then")) < min(told.index((Kind.STOPPING, name)) for name in ("first", "also"))


def test_nothing_runs_after_a_stop_in_the_middle_of_the_start(tmp_path: Path) -> None:
    async def play(stand: Stand) -> None:
        await stand.until(Kind.STARTING, "one")

    stand = supervised(tmp_path, [toy("one"), toy("two")], play)
    assert stand.told[-1].kind is Kind.ALL_STOPPED
    pids = {event.pid for event in stand.told if event.pid is not None}
    assert [pid for pid in pids if process_id(pid)] == []


def test_a_keeper_that_breaks_ends_everything_and_says_why(tmp_path: Path) -> None:
    one = toy("one")

    async def perform() -> None:
        async with standing(tmp_path, [[one, replace(one, name="two", environ={"A=B": "no name"})]]) as stand:
            await stand.until(Kind.ALL_STOPPED)

    with pytest.raises(ValueError, match="environment"):
        asyncio.run(perform())


def test_a_record_that_a_full_disk_does_not_take_is_written_at_the_next_event(tmp_path: Path) -> None:
    path, one = tmp_path / "up.json", toy("one")
    fresh = tmp_path / "up.json.new"
    fresh.symlink_to("/dev/full")
    recorder = Recorder(path, [one], SystemClock())
    recorder.tell(Event(Kind.STARTING, "one", None, None))
    fresh.unlink()
    recorder.tell(Event(Kind.UP, "one", 1.0, None))
    record = read_record(path)
    assert record is not None
    assert (record.processes[0].state, record.processes[0].starts) == ("up", 1)
