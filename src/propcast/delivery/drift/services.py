"""A service against its ledger row and its manifest entry."""

from collections.abc import Mapping
from functools import partial

from propcast.delivery.drift.finding import Compare, Found, Kind
from propcast.delivery.drift.reality import Reality
from propcast.delivery.rollout.ledger import Deployment
from propcast.delivery.targets.port import Revision
from propcast.service import catalogue
from propcast.service.identity import config_hash

ALL = 100
UNKNOWN_DIGEST = "none"


def of_service(reality: Reality, service: str) -> Mapping[str, Compare]:
    """Return what is compared of a service; before its first deployment, only whether something runs all the same."""
    row = reality.standing(service)
    if row is None:
        return {"record": partial(_unrecorded, reality, service)}
    compared = {"revision": _revision, "environment": _environment, "secrets": _secrets, "answer": _answer}
    if not reality.under_way(service):
        compared |= {"weights": _weights, "pins": _pins}
    return {name: partial(compare, reality, row) for name, compare in compared.items()}


def _unrecorded(reality: Reality, service: str) -> Found:
    for each in reality.target.revisions(service):
        if each.tag or each.name in reality.target.read_weights(service).weights:
            yield Kind.UNKNOWN, f"{each.name} runs, and no deployment is on record"


def _revision(reality: Reality, row: Deployment) -> Found:
    found = _serving(reality, row)
    if found is None:
        yield Kind.MISSING, f"{row.revision} is gone, which deployment {row.id} has put there"
        return
    for what, here, there in (
        ("digest", found.digest, row.digest), ("config hash", found.config_hash, row.config_hash),
    ):  # fmt: skip
        if here != there:
            yield Kind.DIFFERENT, f"{row.revision} has the {what} {here}, on record is {there}"


def _environment(reality: Reality, row: Deployment) -> Found:
    declared = reality.ground.laid.environ(row.service)
    yield from _of_tables("the manifest's variable", declared, row.env)
    if reality.ground.laid.environment.backend == "local":  # there a process has its home and the addresses on top
        return
    wanted = config_hash(catalogue.service(row.service).told(declared))
    if wanted != row.config_hash and declared == row.env:
        yield Kind.DIFFERENT, f"config hash {row.config_hash} is on record, the manifest gives {wanted}"


def _secrets(reality: Reality, row: Deployment) -> Found:
    yield from _of_tables("the manifest's secret", reality.ground.laid.services[row.service].secrets, row.secrets)


def _answer(reality: Reality, row: Deployment) -> Found:
    body = reality.answer(row.service)
    if body is None:
        yield Kind.UNREADABLE, "its live address does not say who answers there"
        return
    told = [("service", body.service_id, row.service), ("config hash", body.config_hash, row.config_hash)]
    if not reality.under_way(row.service):
        told.append(("revision", body.revision, row.revision))
    if (body.image_digest or UNKNOWN_DIGEST) != UNKNOWN_DIGEST:
        told.append(("digest", str(body.image_digest), row.digest))
    for what, here, there in told:
        if here != there:
            yield Kind.DIFFERENT, f"it says that its {what} is {here}, on record is {there}"


def _weights(reality: Reality, row: Deployment) -> Found:
    weights = dict(reality.target.read_weights(row.service).weights)
    if weights != {row.revision: ALL}:
        shown = ", ".join(f"{name} {share} %" for name, share in sorted(weights.items()))
        yield Kind.DIFFERENT, f"the traffic is {shown or 'nowhere'}, on record is {row.revision} {ALL} %"


def _pins(reality: Reality, row: Deployment) -> Found:
    for pin in reality.pinned(row.service):
        over = f", and should have ended {pin.expires:%Y-%m-%d}" if pin.expires <= reality.now else ""
        yield Kind.DIFFERENT, f"{pin.owner} pinned {pin.revision} ({pin.reason}){over}; `propcast promote` removes it"


def _of_tables(what: str, declared: Mapping[str, str], recorded: Mapping[str, str]) -> Found:
    for name in sorted(declared.keys() | recorded.keys()):
        if name not in recorded:
            yield Kind.MISSING, f"{what} {name} is not in what was deployed"
        elif name not in declared:
            yield Kind.UNKNOWN, f"{name} was deployed and is not in the manifest"
        elif declared[name] != recorded[name]:
            yield Kind.DIFFERENT, f"{what} {name} is {declared[name]!r}, deployed is {recorded[name]!r}"


def _serving(reality: Reality, row: Deployment) -> Revision | None:
    return next((each for each in reality.target.revisions(row.service) if each.name == row.revision), None)
