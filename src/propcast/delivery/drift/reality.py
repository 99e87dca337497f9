"""What drift reads: the target, the ledger, pins, and what the serving revision says of itself."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from propcast.delivery.ground import Ground
from propcast.delivery.rollout.ledger import Deployment
from propcast.delivery.rollout.pins import Pin
from propcast.delivery.targets.port import Target
from propcast.service.health.body import HealthBody


@dataclass(frozen=True)
class Reality:
    """One environment as it is, and as it is on record.

    Attributes:
        standing: the deployment whose revision should have the traffic; None before the first.
        under_way: whether a rollout moves the traffic just now; then weights and pins are its own.
        pinned: the pins of a service.
        answer: what the live address says of itself; None when nothing that can be understood comes.
        deployed: the names of all services of the platform; None where there is no such list.
    """

    ground: Ground
    target: Target
    standing: Callable[[str], Deployment | None]
    under_way: Callable[[str], bool]
    pinned: Callable[[str], Sequence[Pin]]
    answer: Callable[[str], HealthBody | None]
    now: datetime
    deployed: Callable[[], Collection[str]] | None = None
