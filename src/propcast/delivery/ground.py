"""What an environment stands on, as far as it can be looked at; what has no adapter is None and counts as unknown."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from propcast.backends.bus.port import Declared, Subscription
from propcast.backends.compose import Backends
from propcast.core.errors import PropCastError
from propcast.delivery.manifest.reading import Laid
from propcast.service import catalogue
from propcast.service.topics import Places, subscriptions

Vault = Callable[[str, str], object]
"""Resolves the secret of a variable (its name, and `NAME@VERSION` where the manifest says it), or raises."""
Headroom = Callable[[str], str]
"""Says what quota a service is short of; empty for none."""
Allowed = Callable[[str], Collection[str]]
"""Who may call a service, or publish to a topic, by the names of the manifest (`bus` forwards dead letters)."""
OnCall = Callable[[str], bool]
"""Tells whether somebody of an owner's can be reached now."""


class CannotLook(PropCastError):
    """Something cannot be looked at from here, so nothing is known of it."""


@dataclass(frozen=True)
class Ground:
    """One environment.

    Attributes:
        url: the live address of a service.
        stores: warehouse, objects and clock of the environment.
        wires: reads what is declared on the bus.
        schedules: reads the services that are called by schedule, by the schedule's name.
    """

    laid: Laid
    url: Callable[[str], str]
    stores: Backends | None = None
    vault: Vault | None = None
    wires: Callable[[], Declared] | None = None
    invokers: Allowed | None = None
    publishers: Allowed | None = None
    schedules: Callable[[], Mapping[str, str]] | None = None
    headroom: Headroom | None = None
    on_call: OnCall | None = None

    def expected(self) -> list[Subscription]:
        """Return every subscription that there should be."""
        return subscriptions(Places({entry.name: self.url(entry.name) for entry in catalogue.SERVICES}))


def here(laid: Laid, url: Callable[[str], str], backends: Backends, target: object = None) -> Ground:
    """Return the ground of an environment, seen from this machine.

    On one machine everything is in the home. Of Google Cloud, schedules, quotas and who is on call cannot be seen yet.
    """
    if laid.environment.backend != "local":
        from propcast.delivery.cloud.seeing import seen  # its clients are big, and one machine needs none

        return seen(laid, url, getattr(target, "invokers", None))
    return Ground(laid, url, backends, lambda name, _: backends.secrets.get(name), backends.bus.declared)


def different(expected: Subscription, live: Subscription) -> list[str]:
    """Return in what a subscription differs; times are left out, which a test may divide."""
    names = ("topic", "endpoint", "audience", "filter", "max_deliveries", "dead_letter_topic")
    return [name for name in names if getattr(expected, name) != getattr(live, name)]
