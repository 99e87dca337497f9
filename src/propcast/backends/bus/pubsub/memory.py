"""What Pub/Sub has no field for, in the labels of a subscription: so every process, and a later one, knows it.

Labels hold little and no capitals, so an address is written in base32 over as many as it needs.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

OURS = "propcast-"
CONCURRENCY, MAX_DELIVERIES = f"{OURS}concurrency", f"{OURS}max-deliveries"
_PAUSED = f"{OURS}paused-"
_LONGEST = 63
_LINE = "\n"


@dataclass(frozen=True)
class Aim:
    """Where a subscription pushes to, and for whom its tokens are; both empty for one that is drained."""

    endpoint: str
    audience: str


@dataclass(frozen=True)
class Memory:
    """What the labels of a subscription remember.

    Attributes:
        concurrency, max_deliveries: as they were declared; Pub/Sub bounds neither without a dead-letter topic.
        paused: where it will push to again; None while it is not paused.
    """

    concurrency: int
    max_deliveries: int
    paused: Aim | None = None

    @classmethod
    def of(cls, labels: Mapping[str, str], *, concurrency: int, max_deliveries: int) -> Self:
        """Read labels; what they do not say is as given."""
        return cls(
            int(labels.get(CONCURRENCY, concurrency)), int(labels.get(MAX_DELIVERIES, max_deliveries)), _aim(labels)
        )

    def labels(self, others: Mapping[str, str]) -> dict[str, str]:
        """Return the labels, those of others among them."""
        kept = {name: value for name, value in others.items() if not name.startswith(OURS)}
        mine = {CONCURRENCY: str(self.concurrency), MAX_DELIVERIES: str(self.max_deliveries)}
        return kept | mine | ({} if self.paused is None else _chunks(self.paused))


def _chunks(aim: Aim) -> dict[str, str]:
    written = _LINE.join((aim.endpoint, aim.audience)).encode()
    text = base64.b32encode(written).decode().rstrip("=").lower()
    return {f"{_PAUSED}{at // _LONGEST}": text[at : at + _LONGEST] for at in range(0, len(text), _LONGEST)}


def _aim(labels: Mapping[str, str]) -> Aim | None:
    numbered = {int(name.removeprefix(_PAUSED)): each for name, each in labels.items() if name.startswith(_PAUSED)}
    if not numbered:
        return None
    text = "".join(numbered[number] for number in sorted(numbered)).upper()
    endpoint, _, audience = base64.b32decode(text + "=" * (-len(text) % 8)).decode().partition(_LINE)
    return Aim(endpoint, audience)
