"""Every deployment there was: a row that is there before anything is done, and that is closed once."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from pydantic import TypeAdapter

from propcast.backends.state.port import Body, Collection, Reader, Transaction, Where
from propcast.core.errors import InputError, StoreConflict
from propcast.delivery.rollout.plan import Stable
from propcast.delivery.rollout.record import Window

DEPLOYMENTS = Collection("deployments", ("environment", "service", "kind", "outcome", "order"))


class Kind(StrEnum):
    """What was done."""

    STAGE = "stage"
    ROLLOUT = "rollout"
    ROLLBACK = "rollback"
    PROMOTE = "promote"


class Outcome(StrEnum):
    """How it ended."""

    STAGED = "staged"
    PROMOTED = "promoted"
    ABORTED = "aborted"
    ROLLED_BACK = "rolled_back"
    UNPINNED = "unpinned"
    FAILED = "failed"


SERVES = (Outcome.PROMOTED.value, Outcome.ROLLED_BACK.value)
"""Outcomes after which the row's revision is what has the traffic."""


@dataclass(frozen=True)
class Deployment:
    """One row.

    Attributes:
        commit: of the checkout that it was done from.
        revision: the revision that this is about, and its configuration (`env`, hashed in `config_hash`).
        release: as the revision itself says.
        prerequisites: the report that allowed it.
        previous: what had the traffic before.
        windows: verdicts, each with the file that has the evidence.
    """

    id: str
    kind: Kind
    environment: str
    service: str
    who: str
    commit: str
    reference: str
    digest: str
    revision: str
    config_hash: str
    manifest_hash: str
    opened_at: datetime
    env: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    prerequisites: dict[str, object] = field(default_factory=dict)
    previous: Stable | None = None
    release: str = ""
    closed_at: datetime | None = None
    outcome: Outcome | None = None
    reason: str = ""
    windows: tuple[Window, ...] = ()


_ROW = TypeAdapter(Deployment)


def open_row(tx: Transaction, row: Deployment, order: str) -> None:
    """Put down what is going to be done; a write."""
    tx.insert(DEPLOYMENTS, row.id, {**_body(row), "order": order})


def closing(
    tx: Transaction,
    deployment_id: str,
    outcome: Outcome,
    reason: str = "",
    windows: Sequence[Window] = (),
    release: str = "",
) -> Body:
    """Return the row as it is to be put once it is closed; `StoreConflict` when it is unknown or closed. It reads."""
    body = tx.get(DEPLOYMENTS, deployment_id)
    if body is None or body["outcome"] is not None:
        raise StoreConflict(f"deployment {deployment_id!r} is not open; it was closed before or never opened")
    told = replace(_row(body), closed_at=tx.now, outcome=outcome, reason=reason, windows=tuple(windows))
    return {**_body(replace(told, release=release or told.release)), "order": body["order"]}


def put_closed(tx: Transaction, row: Body) -> None:
    """Close a row with what `closing` returned; a write."""
    tx.put(DEPLOYMENTS, str(row["id"]), row)


def deployment(reader: Reader, deployment_id: str) -> Deployment:
    """Return a row; an id that is none is an `InputError`."""
    body = reader.get(DEPLOYMENTS, deployment_id)
    if body is None:
        raise InputError(f"no deployment is called {deployment_id!r}; `propcast releases` lists them")
    return _row(body)


def deployments(
    reader: Reader,
    *,
    environment: str | None = None,
    service: str | None = None,
    kind: Kind | None = None,
    outcomes: Sequence[str | None] | None = None,
    limit: int = 50,
) -> list[Deployment]:
    """Return rows, newest first; None filters nothing."""
    asked = {"environment": environment, "service": service, "kind": kind and kind.value}
    where = [Where(name, "==", value) for name, value in asked.items() if value is not None]
    if outcomes is not None:
        where.append(Where("outcome", "in", list(outcomes)))
    found = reader.find(DEPLOYMENTS, where, order_by="order", descending=True, limit=limit)
    return [_row(document.body) for document in found]


def standing(reader: Reader, environment: str, service: str) -> Deployment | None:
    """Return the deployment whose revision should have the traffic now; None before the first."""
    found = deployments(reader, environment=environment, service=service, outcomes=SERVES, limit=1)
    return found[0] if found else None


def _body(row: Deployment) -> Body:
    written: Body = _ROW.dump_python(row, mode="json")
    return written


def _row(body: Body) -> Deployment:
    return _ROW.validate_python({name: value for name, value in body.items() if name != "order"})
