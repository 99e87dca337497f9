"""Waits for a process that has been started until it has proven who it is."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from propcast.delivery.targets.local import proving
from propcast.delivery.targets.local.asking import Agent
from propcast.delivery.targets.local.plan import Service, Slot
from propcast.delivery.targets.local.programs import revision_name
from propcast.delivery.targets.local.questions import NAME
from propcast.delivery.targets.port import TargetRefused
from propcast.service.supervision.place import Place


@dataclass(frozen=True)
class Waiting:
    """How a process is waited for.

    Attributes:
        timer: seconds that only grow.
        wait: lets seconds pass.
        startup_s: a process that has not answered by then does not count as started.
        ready_s: one that answers is given so long to open what it works with; then it is handed out as it is.
        crashes: one that has ended so often meanwhile does not count as started either.
    """

    timer: Callable[[], float]
    wait: Callable[[float], None]
    startup_s: float = 60.0
    ready_s: float = 15.0
    crashes: int = 3
    poll_s: float = 0.05


@dataclass(frozen=True)
class Starting:
    """Starts of revisions that the agent of a home keeps."""

    agent: Agent
    home: Path
    waiting: Waiting

    def proven(self, staged: Service, name: str) -> Service:
        """Wait until the process says who it is; one that does not, or is somebody else, is ended and refused."""
        slot, waiting = _slot(staged, name), self.waiting
        if slot.config_hash:
            return staged
        until = waiting.timer() + waiting.startup_s
        while (told := proving.said(slot.port)) is None:
            trouble = self._trouble(staged.name, name)
            if trouble or waiting.timer() > until:
                self.agent.retire(staged.name, name)
                raise TargetRefused(f"{name} does not start: {trouble or f'no answer in {waiting.startup_s:g} s'}")
            waiting.wait(waiting.poll_s)
        wrong = proving.objection(told, staged.name, slot)
        if wrong:
            self.agent.retire(staged.name, name)
            raise TargetRefused(wrong)
        self._settle(slot)
        return self.agent.prove(staged.name, name, told["config_hash"])

    def _settle(self, slot: Slot) -> None:
        """Wait a while for a process to be ready: until it has opened its stores it knows nobody who asks."""
        until = self.waiting.timer() + self.waiting.ready_s
        while not proving.is_ready(slot.port) and self.waiting.timer() < until:
            self.waiting.wait(self.waiting.poll_s)

    def _trouble(self, service: str, name: str) -> str:
        """Return in words why a process will hardly come up any more; empty while it may."""
        record = Place(self.home, NAME).record()
        kept = {each.name: each for each in record.processes} if record else {}
        mine = kept.get(revision_name(service, name))
        return mine.note if mine and mine.starts >= self.waiting.crashes and mine.note else ""


def _slot(service: Service, name: str) -> Slot:
    found = service.slot(name)
    if found is None:
        raise TargetRefused(f"{name} was retired while it started")
    return found
