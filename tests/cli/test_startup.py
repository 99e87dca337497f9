"""What `propcast up` tells while it starts, runs and ends."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from propcast.cli.startup import Announcer
from propcast.service.supervision.events import Event, Kind
from propcast.service.supervision.program import Program

WORKER = Program("prediction-worker", "none", port=8082)
BUS = Program("bus", "none")
BOTH = (WORKER, BUS)
STARTED = [
    Event(Kind.STARTING, "prediction-worker", pid=7),
    Event(Kind.UP, "prediction-worker", 640.2, 7),
    Event(Kind.READY, "prediction-worker", 1240.4, 7),
    Event(Kind.READY, "bus", 310.0, 8),
    Event(Kind.ALL_STARTED, "", 1551.0),
]


def told(
    capsys: pytest.CaptureFixture[str],
    *events: Event,
    as_json: bool = False,
    programs: Sequence[Program] = BOTH,
) -> list[str]:
    with Announcer(programs, as_json=as_json) as announcer:
        for event in events:
            announcer.tell(event)
    return capsys.readouterr().out.splitlines()


def test_a_start_says_which_service_is_ready_where_and_in_how_many_ms(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, *STARTED) == [
        "· starting 2 processes",
        "✓ prediction-worker  ready in 1,240 ms  http://127.0.0.1:8082",
        "✓ bus                ready in 310 ms",
        "✓ 2 of 2 ready after 1.6 s",
        "· Ctrl-C ends everything; `propcast logs -f` shows what they write",
    ]


def test_trouble_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(
        capsys,
        Event(Kind.HELD_UP, note="the start waits, 10 s at most: the bus is locked"),
        Event(Kind.NOT_READY, "prediction-worker", note="up, not ready after 15 s"),
        Event(Kind.ENDED, "bus", note="ended with exit code 1; it last said: no space"),
        Event(Kind.WAITING, "bus", note="starts again in 0.5 s"),
        Event(Kind.GAVE_UP, "bus", note="ended 7 times in 180 s"),
        Event(Kind.ALL_STARTED, "", 100.0),
    )
    assert lines[1:7] == [
        "! the start waits, 10 s at most: the bus is locked",
        "! prediction-worker  up, not ready after 15 s; `propcast smoke` says why",
        "✗ bus                ended with exit code 1; it last said: no space",
        "· bus                starts again in 0.5 s",
        "✗ bus                given up, ended 7 times in 180 s; see `propcast logs bus`",
        "! 0 of 2 ready after 0.1 s",
    ]


def test_a_process_that_fell_is_not_counted_as_ready(capsys: pytest.CaptureFixture[str]) -> None:
    fell = Event(Kind.ENDED, "bus", note="was ended by SIGKILL")
    assert told(capsys, *STARTED[:-1], fell, STARTED[-1])[-2] == "! 1 of 2 ready after 1.6 s"


def test_an_end_says_how_long_it_took_and_who_had_to_be_killed(capsys: pytest.CaptureFixture[str]) -> None:
    stopped = Event(Kind.STOPPED, "prediction-worker", note="was ended by SIGKILL")
    lines = told(capsys, stopped, Event(Kind.STOPPED, "bus"), Event(Kind.ALL_STOPPED, "", 12_340.0))
    assert lines[1:] == ["! prediction-worker  was ended by SIGKILL", "✓ everything ended in 12.3 s"]


def test_as_json_every_event_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [json.loads(line) for line in told(capsys, *STARTED, as_json=True)]
    assert [(line["event"], line.get("process")) for line in lines] == [
        ("process_starting", "prediction-worker"), ("process_up", "prediction-worker"),
        ("process_ready", "prediction-worker"), ("process_ready", "bus"), ("all_started", None),
    ]  # fmt: skip
    assert lines[2]["duration_ms"] == 1240.4


@pytest.mark.parametrize("has_password", [True, False])
def test_the_console_is_named_with_how_to_sign_in(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, has_password: bool
) -> None:
    secret = tmp_path / "secrets" / "PROPCAST_ADMIN_PASSWORD"
    secret.parent.mkdir()
    if has_password:
        secret.write_text("hunter2")
    console = Program("admin-dashboard", "none", port=8080, environ={"PROPCAST_HOME": str(tmp_path)})
    line = told(capsys, STARTED[-1], programs=(console,))[2]
    assert line.startswith("· console: http://127.0.0.1:8080")
    assert (str(secret) in line) is has_password
    assert "hunter2" not in line
