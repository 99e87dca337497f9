"""A handler under test, with everything it leaves behind."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, Field

from propcast.backends.bus.envelope import Envelope, encode
from propcast.backends.bus.port import Message
from propcast.core.clock import FixedClock
from propcast.core.errors import NotReady
from propcast.service.auth.store import MemoryStore
from propcast.service.push import Buried, Delivery, Desk, Outcome, Result, Strikes
from propcast.service.push.handling import Handling
from propcast.service.telemetry.fencing import Fences
from propcast.service.telemetry.metrics import Metrics
from propcast.service.telemetry.traces import Unexported
from tests.service.toys import NOW, logging_to

TOPIC = "prediction-request"


class Shard(BaseModel):
    """A toy message."""

    schema_version: Literal[1]
    shard_id: str = Field(min_length=1)
    participants: int = Field(ge=1, le=128)


GOOD = {"schema_version": 1, "shard_id": "José Núñez-O'Day/7", "participants": 32}


@dataclass
class Bench:
    """A handler under test, with everything it leaves behind."""

    handle: Callable[[Shard, Delivery], Result] = lambda message, delivery: Result(Outcome.DONE)
    buried: list[Buried] = field(default_factory=list)
    postponed: list[tuple[str, Delivery]] = field(default_factory=list)
    stream: io.StringIO = field(default_factory=io.StringIO)
    metrics: Metrics = field(default_factory=Metrics)
    bury: Callable[[Buried], object] | None = None
    postpone: Callable[[str, Delivery, NotReady], None] | None = None
    budget: int | None = None

    def __post_init__(self) -> None:
        self._strikes = Strikes(MemoryStore(), FixedClock(NOW))

    def take(self, raw: bytes) -> Result:
        desk = Desk(self.bury or self.buried.append, self._strikes, self.postpone, self.budget)
        log = logging_to(self.stream)
        fences = Fences("toy", self.metrics)
        return Handling(TOPIC, Shard, self.handle, desk, log, self.metrics, Unexported(), fences).take(raw)


def raising(error: Exception) -> Bench:
    def handle(message: Shard, delivery: Delivery) -> Result:
        raise error

    return Bench(handle)


def envelope(data: object = GOOD, number: str = "m-1", **attributes: str) -> bytes:
    assert isinstance(data, dict)
    return encode(Envelope(Message(number, data, attributes, NOW), "projects/p/subscriptions/workers", 1))
