"""Whether a revision has come up."""

from datetime import timedelta

from google.cloud.run_v2.types import Condition, Revision

from propcast.delivery.targets.cloudrun.places import Place, short
from propcast.delivery.targets.cloudrun.revisions import Revisions
from propcast.delivery.targets.port import TargetRefused, TargetUnavailable

READY = "Ready"
SUCCEEDED, FAILED = Condition.State.CONDITION_SUCCEEDED, Condition.State.CONDITION_FAILED


def is_ready(found: Revision) -> bool:
    """Tell whether a revision can serve."""
    return any(each.type_ == READY and each.state == SUCCEEDED for each in found.conditions)


def require_no_failure(found: Revision) -> None:
    """Refuse a revision that did not come up: it never will, a corrected one needs another name."""
    for each in found.conditions:
        if each.type_ == READY and each.state == FAILED:
            raise TargetRefused(f"{short(found.name)} did not start: {each.message or 'no reason is told'}")


def until_ready(revisions: Revisions, place: Place, name: str) -> Revision:
    """Return a revision once it can serve."""
    patience = revisions.platform.asking.patience
    end = revisions.platform.asking.clock.now() + timedelta(seconds=patience.operation_s)
    while True:
        found = revisions.find(place, name)
        if found is None:
            raise TargetUnavailable(f"{name} is not there after all; stage it again")
        require_no_failure(found)
        if is_ready(found):
            return found
        if revisions.platform.asking.clock.now() >= end:
            raise TargetUnavailable(f"{name} is not ready after {patience.operation_s:.0f} s")
        revisions.platform.asking.sleep(patience.poll_s)
