"""Seeded mischief: kills, freezes, writers that hold a file, a disk that is full."""

import random
import signal
import sqlite3
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from propcast.service.supervision.record import Kept
from tests.chaos.plant import Plant, Volume

BETWEEN_S = (0.3, 2.2)
FREEZE_S = (0.3, 3.0)
PAUSE_S = (0.2, 2.0)
FULL_S = (0.2, 1.2)
UP = ("up", "ready", "not ready")
FAIR, ALL = 0.8, 1.0
UNFAIR = 0.05
_FILES = ("state.sqlite", "bus.sqlite")
_FREEZES, _HOLDS, _FILLS = 3, 2, 3
"""How often each comes while every process is killed once."""


@dataclass(frozen=True)
class Trick:
    """One kind of mischief; `share` of the processes have to be up before it is fair."""

    name: str
    play: Callable[[], bool]
    share: float = 0.0


class Monkey:
    """Does one thing after the other, in a thread of its own, until it is called off; it leaves nothing behind.

    Tricks are dealt from a shuffled deck, so that each comes as often as its share: every process is killed, and the
    supervisor too, before any is killed again. The diary says when which was played.
    """

    def __init__(self, plant: Plant, volume: Volume, rng: random.Random, diary: Path) -> None:
        self.kills: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []
        self._plant, self._volume, self._rng = plant, volume, rng
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._rage, name="monkey")
        self._deck: deque[Trick] = deque()
        self._diary = diary

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

    def _rage(self) -> None:
        while not self._over.wait(self._rng.uniform(*BETWEEN_S)):
            trick = self._deal()
            try:
                began = datetime.now(UTC)
                if self._is_fair(trick.share) and trick.play():
                    self._note(trick, began)
                else:
                    self._deck.append(trick)
            except Exception as error:  # noqa: BLE001 - the edge of the thread: mischief that fails is told at the end
                self.faults.append(f"{trick.name}: {type(error).__name__}: {error}")
            self._restart()

    def _deal(self) -> Trick:
        if not self._deck:
            tricks = [
                *(Trick(f"kill {name}", partial(self._kill, name), FAIR) for name in self._plant.names),
                Trick("kill supervisor", self._kill_supervisor, ALL),
                *(Trick(f"hold {file}", partial(self._hold, file)) for file in _FILES for _ in range(_HOLDS)),
                *[Trick("freeze", self._freeze)] * _FREEZES,
                *([] if self._volume.why_not else [Trick("fill", self._fill_the_disk)] * _FILLS),
            ]
            self._deck.extend(self._rng.sample(tricks, len(tricks)))
        return self._deck.popleft()

    def _note(self, trick: Trick, began: datetime) -> None:
        with self._diary.open("a", encoding="utf-8") as diary:
            diary.write(f"{began:%H:%M:%S.%f} {trick.name} until {datetime.now(UTC):%H:%M:%S.%f}\n")

    def _restart(self) -> None:
        """Start a supervisor that is gone, as whoever runs it would; by itself it never goes."""
        if self._plant.is_up:
            return
        if self._plant.was_killed:
            self.counts["supervisor started again"] += 1
        else:
            self.faults.append(f"the supervisor ended by itself: {self._plant.last_words()}")
        self._plant.start()

    def _is_fair(self, share: float) -> bool:
        """Tell whether so many have come up that another one may go; a few are killed while they start.

        So the pace is that of the machine: where a start takes half a minute, nothing would ever run otherwise.
        """
        running: Mapping[str, Kept] = self._plant.processes()
        up = sum(each.state in UP for each in running.values())
        return up >= share * len(self._plant.names) or self._rng.random() < UNFAIR

    def _kill(self, name: str) -> bool:
        kept = self._plant.processes().get(name)
        if kept is None or kept.process is None or not kept.process.signal(signal.SIGKILL):
            return False
        self.kills[name] += 1
        return True

    def _kill_supervisor(self) -> bool:
        self._plant.kill_supervisor()
        self.kills["supervisor"] += 1
        return True

    def _freeze(self) -> bool:
        running = self._plant.processes()
        if not running:
            return False
        victim = running[self._rng.choice(sorted(running))].process
        if victim is None or not victim.signal(signal.SIGSTOP):
            return False
        self.counts["process frozen"] += 1
        self._over.wait(self._rng.uniform(*FREEZE_S))
        victim.signal(signal.SIGCONT)
        return True

    def _hold(self, name: str) -> bool:
        with closing(sqlite3.connect(self._plant.home / name, timeout=5, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            self._over.wait(self._rng.uniform(*PAUSE_S))
            connection.execute("ROLLBACK")
        self.counts[f"writers of {name} paused"] += 1
        return True

    def _fill_the_disk(self) -> bool:
        try:
            self._volume.fill()
            time.sleep(self._rng.uniform(*FULL_S))
        finally:
            self._volume.relieve()
        self.counts["disk full"] += 1
        return True
