"""Counts how often the same message failed in the same unknown way."""

from dataclasses import dataclass

from propcast.backends.state.port import Body
from propcast.core.clock import Clock
from propcast.core.instants import text_of
from propcast.service.auth.store import Drawer, Store

OUT = 3
"""So many failures of one fingerprint make an unclassified error permanent."""


@dataclass(frozen=True)
class Strikes:
    """Strikes of messages, kept where all instances see them."""

    store: Store
    clock: Clock

    def strike(self, key: str, fingerprint: str) -> int:
        """Count one more failure of a message and return how many it has had with this fingerprint."""
        at = text_of(self.clock.now())

        def struck(kept: Body | None) -> Body:
            return {"count": int(str((kept or {}).get("count", 0))) + 1, "at": at}

        return int(str(self.store.change(Drawer.STRIKES, f"{key} {fingerprint}", struck)["count"]))
