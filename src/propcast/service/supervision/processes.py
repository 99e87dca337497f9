"""Processes by number and birth: a number that was given out again never stands for the process that had it before."""

import os
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
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
        with self._held() as descriptor:
            if not self.is_alive:  # looked at while the descriptor holds the process: nobody slips in between
                return False
            try:
                if descriptor is None:
                    os.kill(self.number, number)
                else:
                    signal.pidfd_send_signal(descriptor, number)
            except ProcessLookupError:
                return False
            return True

    def wait(self, seconds: float) -> bool:
        """Return whether it has ended, as soon as it has or when the seconds are over."""
        until = time.monotonic() + seconds
        with self._held() as descriptor:
            if descriptor is not None and self.is_alive:
                select.select([descriptor], [], [], max(0.0, seconds))
        while descriptor is None and self.is_alive and time.monotonic() < until:
            time.sleep(_POLL_S)
        return not self.is_alive

    @contextmanager
    def _held(self) -> Iterator[int | None]:
        """Hold on to whatever process has the number now; None where the system cannot, or there is none."""
        try:
            descriptor = os.pidfd_open(self.number)
        except (AttributeError, ProcessLookupError):
            yield None
            return
        try:
            yield descriptor
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
