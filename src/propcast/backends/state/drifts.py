"""What the last comparison of what runs with what is declared found, for whoever watches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from propcast.backends.state.port import Collection, JsonValue, Reader, State
from propcast.core.instants import instant_of, text_of

DRIFTS = Collection("drifts")


@dataclass(frozen=True)
class Drift:
    """One comparison: when it ended, and how many differences it found by service and kind."""

    at: datetime
    found: Mapping[tuple[str, str], int]


def record_drift(state: State, environment: str, found: Sequence[tuple[str, str]]) -> None:
    """Put a comparison on record, a (service, kind) for every difference; the one before is forgotten."""
    counts: list[JsonValue] = [[*each, found.count(each)] for each in sorted(set(found))]
    state.transact(lambda tx: tx.put(DRIFTS, environment, {"at": text_of(tx.now), "found": counts}))


def last_drift(reader: Reader, environment: str) -> Drift | None:
    """Return the last comparison of an environment; None before the first."""
    body: dict[str, Any] | None = reader.get(DRIFTS, environment)
    if body is None:
        return None
    return Drift(instant_of(body["at"]), {(service, kind): n for service, kind, n in body["found"]})
