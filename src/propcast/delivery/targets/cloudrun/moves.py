"""What has to change in a service so that a revision is staged, traffic is shared out anew, or a revision is left out.

Each is a decision over what was just read: None where nothing has to change.
"""

from google.cloud.run_v2.types import IngressTraffic, Service

from propcast.delivery.targets import port
from propcast.delivery.targets.cloudrun import sharing, templates
from propcast.delivery.targets.cloudrun.creating import anybody_may_call
from propcast.delivery.targets.cloudrun.places import Place, short
from propcast.delivery.targets.cloudrun.revisions import Revisions
from propcast.delivery.targets.cloudrun.services import Change, change_of
from propcast.delivery.targets.weights import require_newest, require_unmoved, usable

TOKEN = "propcast/fencing-token"  # noqa: S105 - the name of an annotation
"""The annotation of a service with the highest fencing token that moved its traffic."""
RETIRED = "propcast/retired"
"""The annotation of a service with a retired revision that the platform keeps for now, because it is the latest."""
OUTSIDE = IngressTraffic.INGRESS_TRAFFIC_ALL
"""Callers come from outside of the network, and show who they are."""


def staged(revisions: Revisions, place: Place, wanted: port.Wanted, found: Service, _lost: bool) -> Change | None:
    """Add a revision with its tag; every share stays where it is, by name, also where it followed the latest."""
    template, there = templates.template(place, wanted), revisions.find(place, wanted.name)
    if there is not None:
        templates.require_same(there, template)
    shares = sharing.shares(found)
    if not shares:
        raise port.TargetRefused(f"{place.deployed} serves nothing that could keep its traffic; delete or repair it")
    changes: dict[str, object] = {
        "traffic": sharing.targets(shares, {**sharing.tags(found), wanted.tag: wanted.name}),
        "ingress": OUTSIDE,
        "invoker_iam_disabled": anybody_may_call(place, shares),
    }
    if retired(found) == wanted.name:
        changes["annotations"] = {**found.annotations, RETIRED: ""}
    if there is None:
        changes["template"] = template
    return change_of(found, changes)


def shared(place: Place, weights: port.Weights, etag: str, token: int, found: Service, lost: bool) -> Change | None:
    """Share the traffic out anew over the state that the caller has read, unless a newer holder moved it before."""
    require_newest(place.service, token, _token(found))
    given, now = usable(weights, weights.keys()), found.etag
    change = change_of(
        found,
        {
            "traffic": sharing.targets(given, sharing.tags(found)),
            "annotations": {**found.annotations, TOKEN: str(token)},
            "invoker_iam_disabled": anybody_may_call(place, given),
        },
    )
    if not (lost and change is None):
        require_unmoved(place.service, etag, now)
    return change


def without(revision: str, found: Service, _lost: bool) -> Change | None:
    """Leave a revision out that has no traffic: its tags go, and the latest, which cannot be deleted, is remembered."""
    shares, tags = sharing.shares(found), sharing.tags(found)
    if shares.get(revision):
        raise port.TargetRefused(f"{revision} has {shares[revision]} % of the traffic; move it away first")
    named = {*tags.values(), *(each.revision for each in found.traffic)}
    wanted: dict[str, object] = {}
    if revision in named:
        kept = {tag: name for tag, name in tags.items() if name != revision}
        wanted["traffic"] = sharing.targets(shares, kept)
    if revision == short(found.latest_created_revision):
        wanted["annotations"] = {**found.annotations, RETIRED: revision}
    return change_of(found, wanted)


def retired(found: Service) -> str:
    """Return the revision that was retired while it was the latest and serves nothing since; empty without one."""
    told = found.annotations.get(RETIRED, "")
    return "" if sharing.shares(found).get(told) else told


def _token(found: Service) -> int:
    told = found.annotations.get(TOKEN, "0")
    return int(told) if told.isdigit() else 0
