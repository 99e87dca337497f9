"""Who is meant: service accounts of the environment, and the agent in whose name Pub/Sub itself acts."""

from propcast.backends.google.accounts import PUSHER, SCHEDULER, account
from propcast.delivery.manifest.reading import Laid

_OUTSIDE = {"bus": PUSHER, "scheduler": SCHEDULER}
"""Who the manifest calls otherwise than the account is called."""


def member(laid: Laid, name: str) -> str:
    """Return the member of a policy for a service, `bus`, `scheduler` or `deployer` of the manifest."""
    called = laid.services[name].service_account if name in laid.services else _OUTSIDE.get(name, name)
    return f"serviceAccount:{account(called, laid.name, laid.environment.project_id)}"


def pubsub_agent(laid: Laid) -> str:
    """Return the member that forwards dead letters and signs pushes: Pub/Sub's own agent in the project."""
    return f"serviceAccount:service-{laid.environment.project_number}@gcp-sa-pubsub.iam.gserviceaccount.com"


def named(laid: Laid, member_: str) -> str:
    """Return a member by its name in the manifest; a stranger as the platform calls it."""
    names = {member(laid, name): name for name in (*laid.services, *_OUTSIDE, "deployer")}
    return {**names, pubsub_agent(laid): "bus"}.get(member_, member_.removeprefix("serviceAccount:"))
