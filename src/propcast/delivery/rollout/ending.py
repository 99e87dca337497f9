"""What is done when a rollout ends: leftovers are stopped, and what stays pinned is said."""

from contextlib import suppress
from datetime import timedelta

from propcast.delivery.rollout import ledger
from propcast.delivery.rollout.ledger import Outcome
from propcast.delivery.rollout.means import Means
from propcast.delivery.rollout.plan import STAGING, Plan
from propcast.delivery.rollout.record import Record
from propcast.delivery.rollout.traffic import patiently
from propcast.delivery.targets.port import TargetError
from propcast.pipeline.batch.openers import is_drained


def end_promoted(means: Means, record: Record) -> Record:
    """Stop the baseline, what was only staged, and what was stable before the last; return the rollout promoted.

    What had the traffic before stays as it is: the way back is warm. A coordinator with batches to finish stays, too.
    """
    plan = record.plan
    found = patiently(means, lambda: means.target.revisions(plan.service))
    staged = [each.name for each in found if each.tag == STAGING and each.digest == plan.image.digest]
    gone = [plan.baseline.name, *_older(means, plan), *staged]
    _retire(means, plan.service, _drained(means, gone))
    newest = [each.digest for each in found if each.name not in gone][-1:]
    return record.promoted("" if newest == [plan.image.digest] else "a newer revision is there than the promoted one")


def end_aborted(means: Means, record: Record) -> Record:
    """Stop both arms and return the rollout aborted."""
    plan = record.plan
    if plan.arms is not None:
        _retire(means, plan.service, [plan.canary.name, plan.baseline.name])
    return record.aborted()


def _older(means: Means, plan: Plan) -> list[str]:
    """Return the revision that the one before this rollout had replaced."""
    done = ledger.deployments(
        means.state, environment=plan.environment, service=plan.service, outcomes=[Outcome.PROMOTED], limit=1
    )
    past = [row.previous.revision for row in done if row.previous]
    return [name for name in past if name not in (plan.stable.revision, plan.canary.name)]


def _drained(means: Means, revisions: list[str]) -> list[str]:
    """Return those that have no batch to finish, once they have none or the time for it is over."""
    ends = means.clock.now() + timedelta(seconds=means.patience.drain_s)
    while means.clock.now() < ends and not all(is_drained(means.state, name) for name in revisions):
        means.wait(means.patience.poll_s)
    return [name for name in revisions if is_drained(means.state, name)]


def _retire(means: Means, service: str, revisions: list[str]) -> None:
    """Stop revisions; one that will not stop has no traffic and costs money only, so it does not hold anything up."""
    for name in revisions:
        with suppress(TargetError):
            patiently(means, lambda: means.target.retire(service, name))  # noqa: B023
