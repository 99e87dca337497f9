"""What a supervisor in the background tells the one who started it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from propcast.service.supervision.detached import NotStarted, _Teller, heard
from propcast.service.supervision.ending import take_down
from propcast.service.supervision.events import Event, Kind
from propcast.service.supervision.place import Place
from propcast.service.supervision.times import Times
from tests.service.supervision.stand import free_port

EVENTS = [Event(Kind.STARTING, "bus", pid=7), Event(Kind.READY, "bus", 12.5, 7), Event(Kind.ALL_STARTED, "", 20.0)]


def test_events_arrive_as_they_were_until_everything_is_up() -> None:
    reading, writing = os.pipe()
    teller = _Teller(writing)
    for event in (*EVENTS, Event(Kind.ENDED, "bus")):
        teller.tell(event)
    with os.fdopen(reading, encoding="utf-8") as lines:
        assert list(heard(lines)) == EVENTS


def test_a_refusal_is_raised_with_its_exit_code() -> None:
    with pytest.raises(NotStarted, match="port 8080 is taken") as raised:
        list(heard([json.dumps({"error": "port 8080 is taken", "exit_code": 2})]))
    assert raised.value.exit_code == 2


def test_a_bus_in_the_background_is_up_until_down(tmp_path: Path) -> None:
    """The whole way, as a user goes it: the command leaves, the processes stay."""
    command = [sys.executable, "-m", "propcast.cli.main", "--home", str(tmp_path)]
    up = [*command, "up", "--services", "bus", "--detach", "--json", "--base-port", str(min(free_port(), 60_000))]
    done = subprocess.run(up, capture_output=True, text=True, check=True)  # noqa: S603 - ourselves
    try:
        told = [(line["event"], line.get("process")) for line in map(json.loads, done.stdout.splitlines())]
        assert told == [
            ("process_starting", "bus"), ("process_up", "bus"), ("process_ready", "bus"), ("all_started", None),
        ]  # fmt: skip
        record = Place(tmp_path).running()
        assert record is not None
        assert [(kept.name, kept.state) for kept in record.processes] == [("bus", "ready")]
    finally:
        ended = take_down(Place(tmp_path), Times())
    assert (ended.processes, ended.killed) == (2, 0)
    assert Place(tmp_path).running() is None
