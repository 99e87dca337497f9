"""Where pushes put what they cannot do: among the dead letters, aside for later, or under a count of strikes."""

from collections.abc import Callable
from functools import partial

from propcast.apps.postponing import postponing
from propcast.apps.resources import Resources
from propcast.backends.bus.port import Subscription
from propcast.backends.state import inbox
from propcast.backends.state.port import Transaction
from propcast.service.auth.store import StateStore
from propcast.service.declaration import E
from propcast.service.push import Buried, Delivery, Desk, Outcome, Result, Strikes
from propcast.service.push.desk import keep
from propcast.service.push.envelope import M


def desk(resources: Resources) -> Desk:
    """Bury, count and postpone in the state store, where all instances see it."""
    backends = resources.backends
    counts = backends.settings.backend_of("bus") == "local"
    return Desk(
        partial(bury, resources),
        Strikes(StateStore(backends.state), backends.clock),
        postponing(resources.entry, backends.state, resources.places),
        None if counts else Subscription.max_deliveries,
    )


def bury(resources: Resources, buried: Buried) -> None:
    """Keep a given-up message among the dead letters, and remember it under its own id."""

    def work(tx: Transaction) -> None:
        named = bool(buried.message_id) and not inbox.seen(tx, resources.graveyard, buried.message_id)
        keep(tx, buried)
        if named:
            inbox.record(tx, resources.graveyard, buried.message_id)

    resources.backends.state.transact(work)


def unless_buried(of: Callable[[E], Resources], handle: Callable[[E, M], Result]) -> Callable[[E, M, Delivery], Result]:
    """Return a handler of deliveries that does nothing for a message that was given up before.

    A replay is a message of its own, and is worked on.
    """

    def handled(environment: E, message: M, delivery: Delivery) -> Result:
        resources = of(environment)
        if inbox.seen(resources.backends.state, resources.graveyard, delivery.message_id):
            return Result(Outcome.DUPLICATE, "given up before")
        return handle(environment, message)

    return handled
