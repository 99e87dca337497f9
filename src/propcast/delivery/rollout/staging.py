"""Puts a release where it can be looked at: a revision without traffic that has said who and how it is."""

from dataclasses import replace

from propcast.core.errors import PropCastError
from propcast.delivery.rollout import filing, ledger
from propcast.delivery.rollout.configuring import require_confirmed
from propcast.delivery.rollout.ledger import Deployment, Kind, Outcome
from propcast.delivery.rollout.means import Inspection, Means
from propcast.delivery.rollout.plan import STAGING, Plan, Refused, Stable
from propcast.delivery.rollout.planning import Declared, numbered, require_clean, row_of, wanted_of
from propcast.delivery.rollout.stages import inspected, stage
from propcast.delivery.rollout.steps import require_pushed
from propcast.delivery.targets.port import Image, Wanted
from propcast.pipeline.batch.heartbeat import Heartbeat
from propcast.service import catalogue

NOTHING = Stable({}, "", "")


def stage_release(
    means: Means,
    declared: Declared,
    service: str,
    reference: str,
    who: str,
    *,
    create: bool = False,
    confirmed: bool = False,
) -> Deployment:
    """Start a revision with the tag `staging`, ask it who and how it is, and return its closed ledger row.

    One that was killed on its way is gone on with. `Refused` for what may not be staged: a checkout that is not clean,
    a tag, what was not pushed as this service, and, unless `confirmed`, a configuration that lost a variable. A
    revision that cannot be started, or is not fit, closes the row as failed and raises.
    """
    require_clean(declared)
    image = means.target.resolve(_digested(declared, reference))
    if declared.laid.name != "local":
        require_pushed(means.state, catalogue.service(service).name, image.digest, declared.laid.signed_by)
    row, wanted = _row(means, declared, service, image, who)
    require_confirmed(means.state, declared.laid.name, wanted, confirmed=confirmed)
    lease = filing.begin_row(means.state, row, means.holder, means.patience.ttl)
    with Heartbeat(means.state, lease, means.patience.ttl):
        try:
            found = _fit(means, declared.laid.name, wanted, create=create)
        except PropCastError as error:
            filing.end_row(means.state, lease, row, Outcome.FAILED, str(error))
            raise
        filing.end_row(means.state, lease, row, Outcome.STAGED, "", found.said)
    return ledger.deployment(means.state, row.id)


class Unfit(PropCastError):
    """A staged revision is not who it should be, or cannot do its job; it gets no traffic."""


def _fit(means: Means, environment: str, wanted: Wanted, *, create: bool) -> Inspection:
    revision = stage(means, environment, wanted, create=create)
    found = inspected(means, wanted, lambda: revision)
    if found.troubles:
        raise Unfit(f"{wanted.name} is not fit: {'; '.join(found.troubles)}")
    return found


def _row(means: Means, declared: Declared, service: str, image: Image, who: str) -> tuple[Deployment, Wanted]:
    """Return the row to work under: that of a run that was killed while it staged the same, or a new one."""
    now, environment = means.clock.now(), declared.laid.name
    number = numbered(Kind.STAGE, service, image, now)
    plan = Plan(number, environment, service, who, image, NOTHING)
    wanted = wanted_of(declared, service, number, STAGING, image)
    fresh = row_of(plan, wanted, Kind.STAGE, declared, now)
    left = ledger.deployments(means.state, environment=environment, service=service, kind=Kind.STAGE, outcomes=[None])
    for row in left:
        if (row.digest, row.config_hash) == (fresh.digest, fresh.config_hash):
            return row, replace(wanted, name=row.revision)
    return fresh, wanted


def _digested(declared: Declared, reference: str) -> str:
    if declared.laid.name != "local" and "@sha256:" not in reference:
        raise Refused(f"{reference} is no digest, and what a tag means may change; name it as REF@sha256:…")
    return reference
