"""Who did what: rows that are written before the act and never change; an append that fails raises."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from propcast.backends.state.port import Body, Collection, Document, Reader, State, Transaction, Where
from propcast.core.instants import instant_of, text_of

AUDIT = Collection("audit", ("order", "actor", "action", "target"), append_only=True)


@dataclass(frozen=True)
class AuditEntry:
    """One act; `at` is the store's time."""

    id: str
    at: datetime
    actor: str
    action: str
    target: str
    detail: Body


def append(place: State | Transaction, *, actor: str, action: str, target: str, detail: Body | None = None) -> str:
    """Write one entry, in the given transaction or in one of its own, and return its id."""

    def work(tx: Transaction) -> str:
        order = tx.order()
        body: Body = {"order": order, "at": text_of(tx.now), "actor": actor, "action": action, "target": target}
        tx.insert(AUDIT, order, {**body, "detail": detail or {}})
        return order

    return place.transact(work) if isinstance(place, State) else work(place)


def find(
    reader: Reader,
    *,
    actor: str | None = None,
    action: str | None = None,
    target: str | None = None,
    limit: int = 100,
) -> list[AuditEntry]:
    """Return entries, newest first; None filters nothing."""
    asked = {"actor": actor, "action": action, "target": target}
    where = [Where(field, "==", value) for field, value in asked.items() if value is not None]
    return [_entry(document) for document in reader.find(AUDIT, where, order_by="order", descending=True, limit=limit)]


def _entry(document: Document) -> AuditEntry:
    row: dict[str, Any] = document.body
    return AuditEntry(document.key, instant_of(row["at"]), row["actor"], row["action"], row["target"], row["detail"])
