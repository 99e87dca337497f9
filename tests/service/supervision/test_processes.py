"""A process is known by its number and its birth."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from propcast.service.supervision.processes import ProcessId, process_id, resident_mb

PATIENCE_S = 10.0


@pytest.fixture
def child() -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def identity(process: "subprocess.Popen[bytes]") -> ProcessId:
    found = process_id(process.pid)
    assert found is not None
    return found


def test_a_running_process_is_alive_and_its_end_is_seen(child: "subprocess.Popen[bytes]") -> None:
    found = identity(child)
    assert found.is_alive
    assert not found.wait(0.0)
    child.kill()
    assert found.wait(PATIENCE_S)


def test_a_process_that_nobody_waited_for_is_not_alive(child: "subprocess.Popen[bytes]") -> None:
    found = identity(child)
    assert found.signal(signal.SIGKILL)
    assert found.wait(PATIENCE_S)
    assert not found.is_alive
    assert child.returncode is None  # it is still to be waited for


def test_another_process_with_the_number_is_not_taken_for_it(child: "subprocess.Popen[bytes]") -> None:
    """The number of a stale record may be anybody's by now: it is never signalled."""
    stale = replace(identity(child), born="an earlier time")
    assert not stale.is_alive
    assert not stale.signal(signal.SIGKILL)
    assert stale.wait(PATIENCE_S)
    assert child.poll() is None


def test_a_number_that_nobody_has_is_no_process() -> None:
    nobody = 2**22 + 1  # above the kernel's highest
    assert process_id(nobody) is None
    assert not ProcessId(nobody, "x").signal(signal.SIGTERM)
    assert resident_mb(nobody) is None


def test_without_process_descriptors_it_works_too(
    child: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "pidfd_open", raising=False)
    found = identity(child)
    assert not found.wait(0.0)
    assert found.signal(signal.SIGKILL)
    assert found.wait(PATIENCE_S)


def test_memory_is_that_of_the_process() -> None:
    assert 10 < (resident_mb(os.getpid()) or 0) < 10_000
