"""What has to change in a service so that a revision is staged, traffic is shared out anew, or a revision is left out.

Each is a decision over what was just read: None where nothing has to change.
"""

from google.cloud.run_v2.types import IngressTraffic, Service

from propcast.delivery.targets import port
from propcast.delivery.targets.cloudrun import sharing, templates
from propcast.delivery.targets.cloudrun.creating import anybody_may_call
from propcast.delivery.targets.cloudrun.places import Place
from propcast.delivery.targets.cloudrun.readiness import require_no_failure
from propcast.delivery.targets.cloudrun.revisions import Revisions
from propcast.delivery.targets.cloudrun.services import Change, change_of

TOKEN = "propcast/fencing-token"  # noqa: S105 - the name of an annotation
"""The annotation of a service with the highest fencing token that moved its traffic."""
OUTSIDE = IngressTraffic.INGRESS_TRAFFIC_ALL
"""Callers come from outside of the network, and show who they are."""


def staged(revisions: Revisions, place: Place, wanted: port.Wanted, found: Service, _lost: bool) -> Change | None:
    """Add a revision with its tag; every share stays where it is, by name, also where it followed the latest."""
    template, there = templates.template(place, wanted), revisions.find(place, wanted.name)
    if there is not None:
        templates.require_same(there, template)
        require_no_failure(there)
    shares = sharing.shares(found)
    if not shares:
        raise port.TargetRefused(f"{place.deployed} serves nothing that could keep its traffic; delete or repair it")
    changes = {
        "traffic": sharing.targets(shares, {**sharing.tags(found), wanted.tag: wanted.name}),
        "ingress": OUTSIDE,
        "invoker_iam_disabled": anybody_may_call(place, shares),
    }
    return change_of(found, changes if there is not None else {**changes, "template": template})


def shared(place: Place, weights: port.Weights, etag: str, token: int, found: Service, lost: bool) -> Change | None:
    """Share the traffic out anew over the state that the caller has read, unless a newer holder moved it before."""
    if (held := _token(found)) > token:
        raise port.TrafficMoved(f"{place.deployed}: token {held} has moved its traffic, yours is {token}; stop")
    given, now = {name: weight for name, weight in weights.items() if weight}, found.etag
    change = change_of(
        found,
        {
            "traffic": sharing.targets(given, sharing.tags(found)),
            "annotations": {**found.annotations, TOKEN: str(token)},
            "invoker_iam_disabled": anybody_may_call(place, given),
        },
    )
    if now != etag and not (lost and change is None):
        raise port.TrafficMoved(f"{place.deployed}: its traffic is not what was read; read it again, then decide anew")
    return change


def without(revision: str, found: Service, _lost: bool) -> Change | None:
    """Leave a revision out that has no traffic: its tags go, also one that never got its address."""
    shares, tags = sharing.shares(found), sharing.tags(found)
    if shares.get(revision):
        raise port.TargetRefused(f"{revision} has {shares[revision]} % of the traffic; move it away first")
    if revision not in {*tags.values(), *(each.revision for each in found.traffic)}:
        return None
    kept = {tag: name for tag, name in tags.items() if name != revision}
    return change_of(found, {"traffic": sharing.targets(shares, kept)})


def _token(found: Service) -> int:
    told = found.annotations.get(TOKEN, "0")
    return int(told) if told.isdigit() else 0
