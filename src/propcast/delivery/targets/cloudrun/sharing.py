"""The traffic of a service as the platform writes it: who has which share, and which tags have an address."""

from collections.abc import Iterable, Mapping

from google.cloud.run_v2.types import Service, TrafficTarget, TrafficTargetAllocationType

from propcast.delivery.targets.cloudrun.places import short
from propcast.delivery.targets.port import TargetRefused, Weights

LATEST = TrafficTargetAllocationType.TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST
BY_NAME = TrafficTargetAllocationType.TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION

Tags = Mapping[str, str]
"""Revisions by tag."""


def shares(service: Service) -> dict[str, int]:
    """Return the percents by revision as they are now; what follows the latest one counts for that."""
    found = dict[str, int]()
    for each in service.traffic_statuses:
        if each.percent:
            name = _named(service, each.type_, each.revision)
            found[name] = found.get(name, 0) + each.percent
    return found


def tags(service: Service) -> dict[str, str]:
    """Return the revision of every tag."""
    return {each.tag: _named(service, each.type_, each.revision) for each in service.traffic_statuses if each.tag}


def addresses(service: Service) -> dict[str, str]:
    """Return the address of every tag."""
    return {each.tag: each.uri for each in service.traffic_statuses if each.tag}


def pinned(service: Service) -> bool:
    """Tell whether every share is of a revision by name."""
    return not any(each.percent and each.type_ == LATEST for each in service.traffic)


def targets(weights: Weights, tagged: Tags) -> list[TrafficTarget]:
    """Return the traffic in which exactly these revisions have a share, all by name, and every tag its address."""
    require_whole(weights)
    rest = dict(tagged)
    wanted = list[TrafficTarget]()
    for name in sorted(weights):
        if weights[name]:
            tag = next((tag for tag in sorted(rest) if rest[tag] == name), "")
            rest.pop(tag, None)
            wanted.append(TrafficTarget(type_=BY_NAME, revision=name, percent=weights[name], tag=tag))
    return wanted + [TrafficTarget(type_=BY_NAME, revision=rest[tag], tag=tag) for tag in sorted(rest)]


def same(some: Iterable[TrafficTarget], others: Iterable[TrafficTarget]) -> bool:
    """Tell whether two traffics are the same, in whatever order they are written."""
    return sorted(map(_key, some)) == sorted(map(_key, others))


def require_whole(weights: Weights) -> None:
    """Refuse weights that are no whole percents of one whole."""
    if sum(weights.values()) != 100 or any(not 0 <= weight <= 100 for weight in weights.values()):
        raise TargetRefused(f"the weights {dict(weights)} are not whole percents that add up to 100; correct them")


def _named(service: Service, kind: int, revision: str) -> str:
    return short(revision) if kind != LATEST and revision else short(service.latest_ready_revision)


def _key(target: TrafficTarget) -> tuple[int, str, int, str]:
    return (target.type_, target.revision, target.percent, target.tag)
