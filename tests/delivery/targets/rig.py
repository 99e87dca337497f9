"""What a target's tests need around it: images that it can resolve, and a way to send requests."""

import http.client
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from propcast.core.clock import Clock, SystemClock
from propcast.delivery.targets.local.ports import free_ports
from propcast.delivery.targets.local.questions import NAME
from propcast.delivery.targets.local.starting import Waiting
from propcast.delivery.targets.local.target import LocalTarget
from propcast.delivery.targets.memory import MemoryTarget
from propcast.delivery.targets.port import Image, Request, Revision, Target, Wanted
from propcast.service.catalogue import ADMIN_DASHBOARD, PREDICTION_WORKER
from propcast.service.identity import REVISION_HEADER
from propcast.service.supervision.ending import take_down
from propcast.service.supervision.place import Place
from propcast.service.supervision.times import Times
from tests.delivery.targets.toys import toy_release

PORT_OF_SERVICE = PREDICTION_WORKER.port - ADMIN_DASHBOARD.port
SERVICE = PREDICTION_WORKER.name


class Rig(Protocol):
    """One empty target.

    Attributes:
        good, other: references of two images of `SERVICE` with different content.
        foreign: reference of an image of another service.
    """

    good: str
    other: str
    foreign: str

    @property
    def target(self) -> Target:
        """The target under test."""
        ...

    def now(self) -> datetime:
        """Return the time of the target's log."""
        ...

    def ask(self, times: int) -> None:
        """Send requests to the service's public address and return when they are answered."""
        ...


def wanted(rig: Rig, name: str, reference: str = "", tag: str = "", **env: str) -> Wanted:
    """A revision of `SERVICE`; of the good image unless told."""
    return Wanted(SERVICE, name, tag or name, rig.target.resolve(reference or rig.good), env)


def two(rig: Rig) -> Sequence[Revision]:
    """Stage the revisions `one` and `two`; the service is made for them."""
    one = rig.target.stage(wanted(rig, "one"), create=True)
    return one, rig.target.stage(wanted(rig, "two", rig.other))


def share(rig: Rig, token: int = 1, **weights: int) -> None:
    """Share the traffic out, whatever it was."""
    rig.target.set_weights(SERVICE, weights, etag=rig.target.read_weights(SERVICE).etag, token=token)


@dataclass
class MemoryRig:
    """The target in memory."""

    clock: Clock
    good: str = "registry/good"
    other: str = "registry/other"
    foreign: str = "registry/foreign"
    target: MemoryTarget = field(init=False)

    def __post_init__(self) -> None:
        services = {self.good: SERVICE, self.other: "", self.foreign: ADMIN_DASHBOARD.name}
        images = {
            Image(name, f"sha256:{number:064x}"): service for number, (name, service) in enumerate(services.items())
        }
        self.target = MemoryTarget(self.clock, images)

    def now(self) -> datetime:
        return self.clock.now()

    def ask(self, times: int) -> None:
        weights = self.target.read_weights(SERVICE).weights
        turns = [name for name, share in weights.items() for _ in range(share)]
        named = [turns[number * len(turns) // times] for number in range(times)]
        self.target.answered(SERVICE, [Request(self.now(), name, f"{name}-1", "/health", 200, 0.01) for name in named])


@dataclass
class LocalRig:
    """The target on this machine, with releases that start at once, in a home of its own."""

    home: Path
    base_port: int = field(default_factory=lambda: free_ports(1)[0] - PORT_OF_SERVICE)
    good: str = field(init=False)
    other: str = field(init=False)
    foreign: str = field(init=False)
    target: LocalTarget = field(init=False)

    def __post_init__(self) -> None:
        self.good = self.release("good")
        self.other = self.release("other")
        self.foreign = self.release("foreign", service=ADMIN_DASHBOARD.name)
        waiting = Waiting(time.monotonic, time.sleep, ready_s=1.0)
        self.target = LocalTarget(self.home, SystemClock(), self.base_port, waiting)

    def release(self, name: str, *, service: str = "", character: str = "well") -> str:
        """Make a release and return its reference."""
        return toy_release(self.home / "made", name, service=service, character=character).image.reference

    def now(self) -> datetime:
        return SystemClock().now()

    def ask(self, times: int) -> None:
        for _ in range(times):
            self.get("/health")

    @property
    def port(self) -> int:
        """The public port of the service."""
        return self.base_port + PORT_OF_SERVICE

    def get(self, path: str) -> tuple[int, str]:
        """Ask at the public address; return the code and who answered."""
        return got(self.port, path)

    def logged(self) -> list[Request]:
        """Return every request that was logged since the service was made."""
        found = self.target.requests(SERVICE, self.target.revisions(SERVICE)[0].created_at, self.now())
        assert found is not None
        return list(found)

    def at(self, revision: str) -> int:
        """Return the port of a revision's own address."""
        made = next(each for each in self.target.revisions(SERVICE) if each.name == revision)
        return int(made.url.rpartition(":")[2])

    def clear(self) -> None:
        """Make the target empty again."""
        self.target.remove(SERVICE)

    def end(self) -> None:
        """End everything."""
        take_down(Place(self.home, NAME), Times())


def got(port: int, path: str, agent: str = "someone") -> tuple[int, str]:
    """Ask a port of this machine; return the code and which revision answered."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"user-agent": agent})
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers.get(REVISION_HEADER, "")
    finally:
        connection.close()
