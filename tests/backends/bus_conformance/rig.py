"""A bus under test that delivers to a real receiver."""

from dataclasses import replace
from typing import Any, Protocol

from propcast.backends.bus.port import Bus, Subscription
from tests.backends.bus_conformance.receiver import Receiver

TOPIC, DEAD_TOPIC = "prediction-request", "prediction-request-dead"
WORKER, UNDERTAKER = "worker-predict", "coordinator-dead-letters"
WORK, DEATHS = "/predict", "/dead-letters"


class Rig(Protocol):
    """One adapter's bus, delivering, and the service that it delivers to.

    Attributes:
        bus: empty at first.
        receiver: answers what the test wants.
        patience_s: how long the adapter may take for anything that it promises.
        storm: how many messages it takes at once while every other push of them is refused.
        filters: False for an emulator that ignores filters.
    """

    @property
    def bus(self) -> Bus: ...
    @property
    def receiver(self) -> Receiver: ...
    @property
    def patience_s(self) -> float: ...
    @property
    def storm(self) -> int: ...
    @property
    def filters(self) -> bool: ...

    def paced(self, subscription: Subscription) -> Subscription:
        """Return the subscription with the shortest times that the adapter allows."""
        ...


def subscription(rig: Rig, name: str = WORKER, path: str = WORK, **changes: Any) -> Subscription:
    """Return a subscription of the topic that is pushed to a path of the receiver."""
    plain = Subscription(name, TOPIC, f"{rig.receiver.url}{path}", rig.receiver.url, max_deliveries=5)
    return rig.paced(replace(plain, **changes))


def declare(rig: Rig, *subscriptions: Subscription) -> None:
    """Declare the topic, its dead-letter topic and these subscriptions."""
    rig.bus.ensure([TOPIC, DEAD_TOPIC], subscriptions)


def declare_worker(rig: Rig, **changes: Any) -> None:
    """Declare one subscription with a dead-letter topic, and one that gets the dead letters."""
    undertaker = subscription(rig, UNDERTAKER, DEATHS, topic=DEAD_TOPIC)
    declare(rig, subscription(rig, dead_letter_topic=DEAD_TOPIC, **changes), undertaker)


def publish(rig: Rig, *numbers: int, **attributes: str) -> list[str]:
    """Publish one message per number."""
    return rig.bus.publish(TOPIC, [({"n": number}, attributes) for number in numbers])


def numbers(rig: Rig, path: str = WORK) -> list[int]:
    """Return the numbers that arrived at a path, sorted, each as often as it came."""
    return sorted(int(str(push.envelope.message.data["n"])) for push in rig.receiver.pushes(path))


def wait_for_empty(rig: Rig, name: str = WORKER) -> None:
    """Wait until nothing waits for a subscription any more."""
    rig.receiver.wait_until(
        lambda: rig.bus.backlog(name).messages == 0, within_s=rig.patience_s, what=f"empty backlog of {name}"
    )
