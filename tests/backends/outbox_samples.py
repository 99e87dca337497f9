"""A bus that keeps what it takes, and messages to owe to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from propcast.backends.state.outbox import Outgoing, enqueue
from propcast.backends.state.port import Body, State, Transaction

MESSAGE = Outgoing("prediction-request", {"shard": 1}, {"sport": "nba"}, order_key="batch-1")


@dataclass
class ListBus:
    """A bus that keeps what it takes, and refuses the topics and shards it is told to."""

    taken: list[tuple[str, Body, dict[str, str]]] = field(default_factory=list)
    calls: list[int] = field(default_factory=list)
    refused: set[object] = field(default_factory=set)

    def publish(self, topic: str, messages: Sequence[tuple[Body, Mapping[str, str]]]) -> list[str]:
        self.calls.append(len(messages))
        if topic in self.refused or any(body["shard"] in self.refused for body, _ in messages):
            raise ConnectionError("bus is down")
        first = len(self.taken)
        self.taken += [(topic, body, dict(attributes)) for body, attributes in messages]
        return [f"m{first + number}" for number in range(len(messages))]

    @property
    def shards(self) -> list[object]:
        return [body["shard"] for _, body, _ in self.taken]


def owe(state: State, *shards: object, **changes: object) -> None:
    """Enqueue one message per shard, in one transaction."""

    def work(tx: Transaction) -> None:
        for shard in shards:
            enqueue(tx, replace(MESSAGE, body={"shard": shard}, **changes))  # type: ignore[dict-item, arg-type]

    state.transact(work)


def later(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)
