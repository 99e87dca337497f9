"""Rollouts as documents of the state store, and what can be asked of them."""

from pydantic import TypeAdapter

from propcast.backends.state.port import Body, Reader, Where
from propcast.backends.state.rollouts import ROLLOUTS
from propcast.core.errors import InputError
from propcast.delivery.rollout.plan import Refused
from propcast.delivery.rollout.record import Record

_RECORD = TypeAdapter(Record)


def rollout(reader: Reader, rollout_id: str) -> Record:
    """Return a rollout as it stands; an id that is none is an `InputError`."""
    return found(reader, rollout_id)[0]


def known_rollout(reader: Reader, rollout_id: str) -> Record | None:
    """Return a rollout as it stands; None for a deployment that is none."""
    body = reader.get(ROLLOUTS, rollout_id)
    return None if body is None else _record(body)


def under_way(reader: Reader, environment: str | None = None, service: str | None = None) -> list[Record]:
    """Return the rollouts that are not over, oldest first; None filters nothing."""
    asked = {"environment": environment, "service": service}
    where = [Where(name, "==", value) for name, value in asked.items() if value is not None]
    there = reader.find(ROLLOUTS, [*where, Where("over", "==", False)], order_by="order")
    return [_record(document.body) for document in there]


def refuse_beside(reader: Reader, environment: str, service: str) -> None:
    """Refuse to begin while another rollout of the service is not over."""
    for other in under_way(reader, environment, service):
        known = other.plan.id
        raise Refused(
            f"rollout {known} of {service} in {environment} is not over ({other.position}); go on with it "
            f"(`propcast rollout {service} --resume {known}`) or back (`propcast rollback {service}`)"
        )


def found(reader: Reader, rollout_id: str) -> tuple[Record, str]:
    """Return a rollout as it stands and its place in the order of all; an id that is none is an `InputError`."""
    body = reader.get(ROLLOUTS, rollout_id)
    if body is None:
        raise InputError(f"no rollout is called {rollout_id!r}; `propcast releases` lists them")
    return _record(body), str(body["order"])


def body_of(record: Record, order: str) -> Body:
    """Return the document of a rollout."""
    written: Body = _RECORD.dump_python(record, mode="json")
    plan = record.plan
    return {
        "environment": plan.environment, "service": plan.service, "over": record.over,
        "order": order, "record": written,
    }  # fmt: skip


def _record(body: Body) -> Record:
    return _RECORD.validate_python(body["record"])
