"""Processes by number and birth: a number that was given out again never stands for the process that had it before."""

import os
import select
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_BOOT = _PROC / "sys/kernel/random/boot_id"
_POLL_S = 0.05


@dataclass(frozen=True)
class ProcessId:
    """One process of this machine; `born` tells it from an earlier or later one with the same number."""

    number: int
    born: str

    @property
    def is_alive(self) -> bool:
        """Whether it still runs; one that has ended and was not yet waited for does not."""
        return _birth(self.number) == self.born

    def signal(self, number: signal.Signals) -> bool:
        """Send a signal; False when the process is not there any more."""
        try:
            if not hasattr(os, "pidfd_open"):
                return self.is_alive and os.kill(self.number, number) is None
            descriptor = os.pidfd_open(self.number)
        except ProcessLookupError:
            return False
        try:
            if not self.is_alive:  # looked at while the descriptor holds the process: nobody slips in between
                return False
            signal.pidfd_send_signal(descriptor, number)
        except ProcessLookupError:
            return False
        finally:
            os.close(descriptor)
        return True

    def wait(self, seconds: float) -> bool:
        """Return whether it has ended, as soon as it has or when the seconds are over."""
        until = time.monotonic() + seconds
        if hasattr(os, "pidfd_open"):
            return self._wait_at_descriptor(seconds)
        while self.is_alive and time.monotonic() < until:
            time.sleep(_POLL_S)
        return not self.is_alive

    def _wait_at_descriptor(self, seconds: float) -> bool:
        try:
            descriptor = os.pidfd_open(self.number)
        except ProcessLookupError:
            return True
        try:
            if self.is_alive:
                select.select([descriptor], [], [], max(0.0, seconds))
            return not self.is_alive
        finally:
            os.close(descriptor)


def process_id(number: int) -> ProcessId | None:
    """Return the running process with that number; None when there is none."""
    born = _birth(number)
    return ProcessId(number, born) if born else None


def resident_mb(number: int) -> float | None:
    """Return the resident memory of a process; None where that cannot be read."""
    try:
        pages = int((_PROC / str(number) / "statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError, ValueError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _birth(number: int) -> str:
    """Return when a process began, in words that no other process of that number shares; empty when it is gone."""
    if not _BOOT.exists():
        return _birth_by_ps(number)
    try:
        told = (_PROC / str(number) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    state, *rest = told.rpartition(")")[2].split()  # a program's name may hold spaces and brackets
    return "" if state in "ZX" else f"{_BOOT.read_text(encoding='ascii').strip()} {rest[18]}"


def _birth_by_ps(number: int) -> str:
    done = subprocess.run(  # noqa: S603 - a fixed command with a number
        ["/bin/ps", "-o", "stat=,lstart=", "-p", str(number)], capture_output=True, text=True, check=False
    )
    state, _, born = done.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else born.strip()
