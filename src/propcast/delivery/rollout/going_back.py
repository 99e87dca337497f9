"""Takes the traffic of a service back to a revision that is on record: an order, never a guess at the newest."""

from dataclasses import replace
from datetime import timedelta

from propcast.backends.state import leases
from propcast.core.errors import did_you_mean
from propcast.delivery.rollout import filing, ledger
from propcast.delivery.rollout.controller import Controller
from propcast.delivery.rollout.ledger import Deployment, Kind, Outcome
from propcast.delivery.rollout.means import Means
from propcast.delivery.rollout.plan import Plan, Refused, Stable
from propcast.delivery.rollout.planning import KNOWN, Declared, numbered
from propcast.delivery.rollout.record import Record, going_back
from propcast.delivery.rollout.stopping import Stops, order_back
from propcast.delivery.targets.port import Image, Wanted, Weights

_STARTED = (Outcome.PROMOTED.value, Outcome.ROLLED_BACK.value)


def roll_back(
    means: Means, declared: Declared, service: str, who: str, to: str = "", stops: Stops | None = None
) -> Record:
    """Roll a service back and return the record.

    A rollout that is not over goes back to what had the traffic before it, by its own controller if that is alive.
    Otherwise the traffic goes to the revision before the one on record, or to the release that `to` names.

    Raises:
        Refused: there is nothing on record to go back to.
        RollbackFailed: it is not proven that the traffic is back.
    """
    environment = declared.laid.name
    for record in filing.under_way(means.state, environment, service):
        return _turn_back(means, record, who, stops)
    row = _row_to(means, environment, service, to)
    now, image = means.clock.now(), Image(row.reference, row.digest)
    number = numbered(Kind.ROLLBACK, service, image, now)
    weights = means.target.read_weights(service).weights
    plan = Plan(number, environment, service, who, image, _stable(row), again=_again(row))
    told = replace(
        row, id=number, kind=Kind.ROLLBACK, who=who, commit=declared.commit, manifest_hash=declared.manifest_hash,
        opened_at=now, closed_at=None, outcome=None, reason="", windows=(), previous=_now(means, service, weights),
    )  # fmt: skip
    reason = f"{who} rolled back to {row.revision}"
    record, lease = filing.begin(means.state, going_back(plan, weights, reason), told, means.holder, means.patience.ttl)
    return Controller(means, record, lease, stops).run()


def _turn_back(means: Means, record: Record, who: str, stops: Stops | None) -> Record:
    """Have a rollout turned back by whoever works on it; by us when nobody does."""
    plan, reason = record.plan, f"{who} asked for it"
    order_back(means.state, plan.id, who)
    ends = means.clock.now() + timedelta(seconds=means.patience.heed_s)
    while not record.over and _is_held(means, plan) and means.clock.now() < ends:
        means.wait(means.patience.poll_s)
        record = filing.rollout(means.state, plan.id)
    if record.over:
        return record
    going, lease = filing.take_up(means.state, plan.id, means.holder, means.patience.ttl)
    return Controller(means, going, lease, stops).turn_back(reason)


def _is_held(means: Means, plan: Plan) -> bool:
    newest = leases.newest_lease(means.state, filing.resource(plan.environment, plan.service))
    return newest is not None and newest.expires_at > means.state.now()


def _row_to(means: Means, environment: str, service: str, to: str) -> Deployment:
    """Return the deployment that started the revision to go to."""
    done = ledger.deployments(means.state, environment=environment, service=service, outcomes=_STARTED, limit=KNOWN)
    if not done:
        raise Refused(f"nothing is on record of {service} in {environment}; there is nowhere to go back to")
    if to:
        return _named(done, to)
    if done[0].kind is Kind.ROLLBACK:
        raise Refused(f"{service} was rolled back already, to {done[0].revision}; name another release with --to")
    before = done[0].previous
    if before is None or not before.is_release:
        raise Refused(f"{service} had no release before {done[0].revision}; name one with --to")
    same = [row for row in done if row.revision == before.revision]
    return same[0] if same else replace(done[0], revision=before.revision, digest=before.digest, env={}, secrets={})


def _named(done: list[Deployment], to: str) -> Deployment:
    for row in done:
        if to in (row.id, row.revision, row.release, row.digest):
            return row
    known = sorted({name for row in done for name in (row.id, row.release) if name})
    raise Refused(f"no release {to!r} is on record{did_you_mean(to, known)}")


def _stable(row: Deployment) -> Stable:
    return Stable({row.revision: 100}, row.revision, row.digest)


def _again(row: Deployment) -> Wanted | None:
    """Return the revision as it was; None for one that no deployment of ours has made."""
    if not row.env:
        return None
    return Wanted(row.service, row.revision, "", Image(row.reference, row.digest), row.env, row.secrets)


def _now(means: Means, service: str, weights: Weights) -> Stable:
    largest = max(weights, key=lambda name: weights[name], default="")
    digests = {revision.name: revision.digest for revision in means.target.revisions(service)}
    return Stable(weights, largest, digests.get(largest, ""))
