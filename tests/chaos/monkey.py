"""Seeded mischief: kills, freezes, writers that hold a file, a disk that is full."""

import random
import signal
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from types import TracebackType
from typing import Self

from propcast.service.supervision.record import Kept
from tests.chaos.plant import Plant, Volume

BETWEEN_S = (0.3, 2.2)
FREEZE_S = (0.3, 3.0)
PAUSE_S = (0.2, 2.0)
FULL_S = (0.2, 1.2)
UP = ("up", "ready", "not ready")
UNFAIR = 0.05
_FILES = ("state.sqlite", "bus.sqlite")


class Monkey:
    """Does one thing after the other, in a thread of its own, until it is called off; it leaves nothing behind."""

    def __init__(self, plant: Plant, volume: Volume, rng: random.Random) -> None:
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []
        self._plant, self._volume, self._rng = plant, volume, rng
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._rage, name="monkey")
        self._tricks: dict[Callable[[], None], int] = {
            self._kill: 60, self._freeze: 10, self._hold_a_file: 14, self._kill_supervisor: 3,
            **({} if volume.why_not else {self._fill_the_disk: 13}),
        }  # fmt: skip

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.call_off()

    def call_off(self) -> None:
        """Let it do no more."""
        self._over.set()
        self._thread.join()

    @property
    def kills(self) -> dict[str, int]:
        """How often which process was killed."""
        return {name.removeprefix("kill "): n for name, n in sorted(self.counts.items()) if name.startswith("kill ")}

    def _rage(self) -> None:
        while not self._over.wait(self._rng.uniform(*BETWEEN_S)):
            trick = self._rng.choices(list(self._tricks), list(self._tricks.values()))[0]
            try:
                trick()
            except Exception as error:  # noqa: BLE001 - the edge of the thread: mischief that fails is told at the end
                self.faults.append(f"{trick.__name__}: {type(error).__name__}: {error}")
            if not self._plant.is_up:
                self.counts["supervisor starts"] += 1
                self._plant.start()

    def _kill(self) -> None:
        running = self._plant.processes()
        if running and self._is_fair(running, 0.6):
            name = self._rng.choice(sorted(running))
            process = running[name].process
            if process is not None and process.signal(signal.SIGKILL):
                self.counts[f"kill {name}"] += 1

    def _kill_supervisor(self) -> None:
        if self._is_fair(self._plant.processes(), 1.0):
            self._plant.kill_supervisor()
            self.counts["kill supervisor"] += 1

    def _freeze(self) -> None:
        if running := self._plant.processes():
            victim = running[self._rng.choice(sorted(running))].process
            if victim is not None and victim.signal(signal.SIGSTOP):
                self.counts["freeze"] += 1
                self._over.wait(self._rng.uniform(*FREEZE_S))
                victim.signal(signal.SIGCONT)

    def _is_fair(self, running: Mapping[str, Kept], share: float) -> bool:
        """Tell whether so many have come up that another one may go; a few are killed while they start.

        So the pace is that of the machine: where a start takes half a minute, nothing would ever run otherwise.
        """
        up = sum(each.state in UP for each in running.values())
        return up >= share * (len(self._plant.names) + 1) or self._rng.random() < UNFAIR

    def _hold_a_file(self) -> None:
        file = self._plant.home / self._rng.choice(_FILES)
        with closing(sqlite3.connect(file, timeout=5, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            self._over.wait(self._rng.uniform(*PAUSE_S))
            connection.execute("ROLLBACK")
        self.counts[f"pause writers of {file.name}"] += 1

    def _fill_the_disk(self) -> None:
        try:
            self._volume.fill()
            time.sleep(self._rng.uniform(*FULL_S))
        finally:
            self._volume.relieve()
        self.counts["disk full"] += 1
