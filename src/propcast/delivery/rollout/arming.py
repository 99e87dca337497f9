"""Both arms as the judge wants them, from what a target and the controller itself have seen."""

from dataclasses import replace

from propcast.delivery.judge.arms import Log, arm_of
from propcast.delivery.judge.evidence import Arm
from propcast.delivery.rollout.means import Seen
from propcast.service import catalogue
from propcast.service.topics import ROUTES


def both_arms(seen: Seen) -> tuple[Arm, Arm]:
    """Return canary and baseline; `/ready` is what the controller was answered, as often as it asked."""
    log = Log(seen.requests, seen.until, pushes_of(seen.canary.service))
    canary = arm_of(seen.canary, seen.baseline, log, [seen.canary_condition])
    baseline = arm_of(seen.baseline, seen.canary, log, [seen.baseline_condition])
    return replace(canary, ready=seen.watched.canary_ready), replace(baseline, ready=seen.watched.baseline_ready)


def pushes_of(service: str) -> frozenset[str]:
    """Return the paths at which the bus pushes to a service: any answer but 2xx is an error there."""
    entry = catalogue.service(service)
    return frozenset(route.path for route in ROUTES if route.service is entry)
