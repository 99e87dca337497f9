"""The traffic of a service as the platform writes it: who has which share, and which tags have an address."""

from collections.abc import Iterable, Mapping

from google.cloud.run_v2.types import Service, TrafficTarget, TrafficTargetAllocationType, TrafficTargetStatus

from propcast.delivery.targets.cloudrun.places import short
from propcast.delivery.targets.port import Weights
from propcast.delivery.targets.weights import usable

BY_NAME = TrafficTargetAllocationType.TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION

Tags = Mapping[str, str]
"""Revisions by tag."""


def shares(service: Service) -> dict[str, int]:
    """Return the percents by revision as they are now; what follows the latest one counts for that."""
    found = dict[str, int]()
    for each in service.traffic_statuses:
        if each.percent:
            name = _named(service, each)
            found[name] = found.get(name, 0) + each.percent
    return found


def tags(service: Service) -> dict[str, str]:
    """Return the revision of every tag."""
    return {each.tag: _named(service, each) for each in service.traffic_statuses if each.tag}


def addresses(service: Service) -> dict[str, str]:
    """Return the address of every tag."""
    return {each.tag: each.uri for each in service.traffic_statuses if each.tag}


def targets(weights: Weights, tagged: Tags) -> list[TrafficTarget]:
    """Return the traffic in which exactly these revisions have a share, all by name, and every tag its address."""
    rest = dict(tagged)
    wanted = list[TrafficTarget]()
    for name, share in sorted(usable(weights, weights.keys()).items()):
        tag = next((tag for tag in sorted(rest) if rest[tag] == name), "")
        rest.pop(tag, None)
        wanted.append(TrafficTarget(type_=BY_NAME, revision=name, percent=share, tag=tag))
    return wanted + [TrafficTarget(type_=BY_NAME, revision=rest[tag], tag=tag) for tag in sorted(rest)]


def same(some: Iterable[TrafficTarget], others: Iterable[TrafficTarget]) -> bool:
    """Tell whether two traffics are the same, in whatever order they are written."""
    return sorted(map(_key, some)) == sorted(map(_key, others))


def _named(service: Service, status: TrafficTargetStatus) -> str:
    return short(status.revision or service.latest_ready_revision)


def _key(target: TrafficTarget) -> tuple[int, str, int, str]:
    return (target.type_, target.revision, target.percent, target.tag)
