"""Where traffic is held on a revision that is not the newest: with an owner, a reason and an end, until a promotion."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from propcast.backends.state.keys import compound
from propcast.backends.state.port import Body, Collection, Document, Reader, Transaction, Where
from propcast.core.instants import instant_of, text_of

PINS = Collection("pins", ("environment", "service"))
KEPT = timedelta(days=7)
"""A pin that is older has been forgotten; drift and console say so."""


@dataclass(frozen=True)
class Pin:
    """One service whose traffic does not follow its newest revision."""

    environment: str
    service: str
    revision: str
    owner: str
    reason: str
    since: datetime
    expires: datetime


def put(tx: Transaction, environment: str, service: str, revision: str, owner: str, reason: str) -> None:
    """Put a pin on record, in the place of the one before; a write."""
    body: Body = {"environment": environment, "service": service, "revision": revision, "owner": owner}
    times: Body = {"since": text_of(tx.now), "expires": text_of(tx.now + KEPT)}
    tx.put(PINS, compound(environment, service), {**body, **times, "reason": reason})


def remove(tx: Transaction, environment: str, service: str) -> None:
    """Let the traffic follow the newest revision again; no pin is fine; a write."""
    tx.delete(PINS, compound(environment, service))


def pins(reader: Reader, environment: str, service: str | None = None) -> list[Pin]:
    """Return the pins of an environment, or of one service in it."""
    where = [Where("environment", "==", environment)]
    if service is not None:
        where.append(Where("service", "==", service))
    return [_pin(document) for document in reader.find(PINS, where, order_by="service")]


def _pin(document: Document) -> Pin:
    row: dict[str, Any] = document.body
    times = {name: instant_of(row[name]) for name in ("since", "expires")}
    return Pin(**{**row, **times})
