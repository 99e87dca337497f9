"""Lets the traffic follow the newest revision again, once that is what has it."""

from propcast.delivery.rollout import filing, ledger
from propcast.delivery.rollout.ledger import Deployment, Kind, Outcome
from propcast.delivery.rollout.means import Means
from propcast.delivery.rollout.plan import Plan, Refused
from propcast.delivery.rollout.planning import Declared, numbered, row_of, stable_of
from propcast.delivery.targets.port import Image, Wanted


def promote(means: Means, declared: Declared, service: str, who: str) -> Deployment:
    """Remove the pin of a service and return the closed ledger row; `Refused` unless its newest revision serves."""
    environment, now = declared.laid.name, means.clock.now()
    filing.refuse_beside(means.state, environment, service)
    stable = stable_of(means.target, service)
    newest = means.target.revisions(service)[-1]
    if newest.digest != stable.digest:
        raise Refused(
            f"{stable.revision} has the traffic and {newest.name} is newer, with another digest; roll that out with "
            f"`propcast rollout {service} --image …@{newest.digest}`, or leave the pin"
        )
    image = Image(stable.digest, stable.digest)
    plan = Plan(numbered(Kind.PROMOTE, service, image, now), environment, service, who, image, stable)
    row = row_of(plan, Wanted(service, stable.revision, "", image), Kind.PROMOTE, declared, now)
    lease = filing.begin_row(means.state, row, means.holder, means.patience.ttl)
    filing.end_row(means.state, lease, row, Outcome.UNPINNED, f"{stable.revision} is the newest revision and serves")
    return ledger.deployment(means.state, row.id)
