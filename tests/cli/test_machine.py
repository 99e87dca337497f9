"""Commands about processes on a home where none or some run."""

import json
import os
import socket
from pathlib import Path

import pytest

from propcast.cli.machine import require_service_extra
from propcast.core.clock import SystemClock
from propcast.core.errors import InputError
from propcast.service.supervision.events import Event, Kind
from propcast.service.supervision.place import Place
from propcast.service.supervision.program import Program
from propcast.service.supervision.record import Recorder
from tests.cli.conftest import propcast

LOGGED = {"time": "2026-11-30T14:05:10.123Z", "severity": "WARNING", "event": "sweep_failed", "reason": "timeout"}


def write_log(home: Path, name: str, *lines: object) -> None:
    logs = Place(home).logs
    logs.mkdir(parents=True, exist_ok=True)
    text = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    (logs / f"{name}.log").write_text("\n".join(text) + "\n")


@pytest.mark.parametrize("command", ["up", "down", "logs", "smoke", "keys create", "users add"])
def test_every_command_has_help_with_an_example(command: str) -> None:
    result = propcast(*command.split(), "--help")
    assert f"Example:  propcast {command}" in result.stdout
    assert "--json" in result.stdout


def test_up_refuses_a_name_that_is_none_and_knows_the_nearest(tmp_path: Path) -> None:
    result = propcast("--home", tmp_path, "up", "--services", "prediction-werker")
    assert result.exit_code == 2
    assert "did you mean 'prediction-worker'?" in result.stderr


@pytest.mark.parametrize("how", [(), ("--detach",)])
def test_up_names_the_port_that_is_taken(tmp_path: Path, how: tuple[str, ...]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = propcast("--home", tmp_path, "up", "--services", "admin-dashboard", "--base-port", port, *how)
    assert result.exit_code == 2
    assert f"port {port} (admin-dashboard) is taken by another program" in result.stderr
    assert Place(tmp_path).record() is None


def test_down_where_nothing_runs_is_fine(tmp_path: Path) -> None:
    result = propcast("down", "--home", tmp_path)
    assert (result.exit_code, result.stdout) == (0, f"· nothing runs in {tmp_path}\n")


def test_logs_are_one_line_an_event_in_the_order_of_time(tmp_path: Path) -> None:
    write_log(tmp_path, "bus", {**LOGGED, "time": "2026-11-30T14:05:11.000Z", "event": "later"})
    write_log(tmp_path, "scheduler", LOGGED, "not an event")
    lines = propcast("--home", tmp_path, "logs").stdout.splitlines()
    assert [line.split() for line in lines] == [
        ["14:05:10.123", "scheduler", "sweep_failed", "reason=timeout"],
        ["scheduler", "not", "an", "event"],
        ["14:05:11.000", "bus", "later", "reason=timeout"],
    ]


def test_logs_as_json_are_what_was_written(tmp_path: Path) -> None:
    write_log(tmp_path, "scheduler", LOGGED, "not an event")
    first, second = propcast("--home", tmp_path, "logs", "scheduler", "--json").stdout.splitlines()
    assert json.loads(first) == LOGGED
    assert json.loads(second) == {"service": "scheduler", "text": "not an event"}


def test_logs_of_what_never_ran_say_so(tmp_path: Path) -> None:
    assert "there is no log of bus" in propcast("--home", tmp_path, "logs", "bus").stdout
    assert propcast("--home", tmp_path, "logs", "buss").exit_code == 2


def test_logs_of_an_error_end_with_its_trace(tmp_path: Path) -> None:
    write_log(tmp_path, "bus", {**LOGGED, "severity": "ERROR", "stack_trace": "Traceback\n  ValueError: x"})
    assert propcast("--home", tmp_path, "logs").stdout.splitlines()[1:] == ["Traceback", "  ValueError: x"]


def test_status_names_the_processes_of_the_home(tmp_path: Path) -> None:
    worker = Program("prediction-worker", "none", port=9001)
    recorder = Recorder(record_file(tmp_path), [worker, Program("bus", "none")], SystemClock())
    recorder.tell(Event(Kind.STARTING, "prediction-worker", pid=os.getpid()))
    recorder.tell(Event(Kind.READY, "prediction-worker", 812.4, os.getpid()))
    shown = propcast("--home", tmp_path, "status").stdout
    assert "1 of 2 ready" in shown
    assert "http://127.0.0.1:9001" in shown
    first, second = json.loads(propcast("--home", tmp_path, "status", "--json").stdout)["processes"]
    assert (first["name"], first["state"], first["pid"], first["ready_ms"]) == (
        "prediction-worker", "ready", os.getpid(), 812.4,
    )  # fmt: skip
    assert first["memory_mb"] > 10
    assert second["state"] == "waiting"


def test_status_without_processes_says_how_to_start_them(tmp_path: Path) -> None:
    assert "none runs; `propcast up` starts the services" in propcast("--home", tmp_path, "status").stdout


def test_without_the_libraries_of_the_services_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("propcast.cli.machine.find_spec", lambda _: None)
    with pytest.raises(InputError, match=r"pip install 'propcast\[service\]'"):
        require_service_extra()


def record_file(home: Path) -> Path:
    path = Place(home).record_file
    path.parent.mkdir(parents=True)
    return path
