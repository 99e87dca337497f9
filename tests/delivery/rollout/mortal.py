"""Kills a controller between any two effects: by an exception that nothing handles, or for real.

    python -m tests.delivery.rollout.mortal FOLDER VERDICT FIRST STEP

runs one rollout after the other in FOLDER/<instant>/, each in a process of its own that is killed at that instant,
until one gets to its end, and prints how many were killed.
"""

import os
import pickle
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from propcast.backends.state.port import Body, Collection, Document, Transaction
from propcast.backends.state.sqlite import SqliteState
from propcast.core.clock import FixedClock
from propcast.delivery.judge.evidence import Verdict
from propcast.delivery.targets.memory import MemoryTarget
from propcast.delivery.targets.port import Target
from tests.delivery.rollout.world import World, make_world, with_traffic

T = TypeVar("T")

EFFECTS = frozenset({"stage", "set_weights", "retire", "transact"})


class Killed(BaseException):
    """The end of a process, as far as one process can show it."""


@dataclass
class Fate:
    """Ends the process at an instant; each effect has one before and one after it."""

    instant: int
    kill: Callable[[], None]
    reached: int = 0

    def pass_by(self) -> None:
        self.reached += 1
        if self.reached == self.instant:
            self.kill()


class Mortal:
    """Stands before a store or a target: every effect through it is between two instants."""

    def __init__(self, inner: object, fate: Fate, keep: Callable[[], None] = lambda: None) -> None:
        self._inner, self._fate, self._keep = inner, fate, keep

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name not in EFFECTS:
            return found

        def effect(*given: object, **named: object) -> object:
            self._fate.pass_by()
            done = found(*given, **named)
            self._keep()
            self._fate.pass_by()
            return done

        return effect


class MortalState(Mortal):
    """A state store is known by its methods."""

    def transact(self, work: Callable[[Transaction], T]) -> T:
        done: T = self.__getattr__("transact")(work)
        return done

    def get(self, collection: Collection, key: str) -> Body | None:
        found: Body | None = self._inner.get(collection, key)  # type: ignore[attr-defined]
        return found

    def find(self, *given: Any, **named: Any) -> list[Document]:
        found: list[Document] = self._inner.find(*given, **named)  # type: ignore[attr-defined]
        return found

    def now(self) -> Any:
        return self._inner.now()  # type: ignore[attr-defined]


def raising() -> None:
    raise Killed


def killing() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def doomed(world: World, fate: Fate, keep: Callable[[], None] = lambda: None) -> World:
    """The same world, seen by a controller with that fate."""
    target: Target = Mortal(world.target, fate, keep)
    return replace(world, state=MortalState(world.state, fate), target=target)


def left_in(folder: Path, verdict: Verdict) -> World:
    """The world that a killed process has left in a folder, an hour later."""
    kept: MemoryTarget = pickle.loads((folder / "target").read_bytes())  # noqa: S301 - our own
    clock = FixedClock(kept._clock.now() + timedelta(hours=1))
    kept._clock = clock
    return World(SqliteState(folder / "state.sqlite", clock), kept, kept, clock, folder, with_traffic(verdict))


def live(folder: Path, verdict: Verdict, instant: int) -> None:
    """Roll out in a folder until that instant."""
    folder.mkdir(parents=True)
    world = make_world(folder, with_traffic(verdict))

    def keep() -> None:
        half = folder / "target.part"
        half.write_bytes(pickle.dumps(world.memory))
        half.replace(folder / "target")

    keep()
    fate = Fate(instant, killing)
    doomed(world, fate, keep).roll(stages=(0, 5, 100), monitoring_s=20.0)


def main(root: Path, verdict: Verdict, first: int, step: int) -> None:
    """Kill one process after the other."""
    instant = first
    while True:
        child = os.fork()
        if child == 0:
            live(root / str(instant), verdict, instant)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            break
        instant += step
    print((instant - first) // step)  # noqa: T201 - its answer


if __name__ == "__main__":
    main(Path(sys.argv[1]), Verdict(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
