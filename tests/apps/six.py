"""All six services on a home, the console among them, each doing nothing by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from propcast.apps.console.environment import Console
from propcast.service.auth.guard import Guard
from propcast.service.catalogue import ADMIN_DASHBOARD, Entry
from propcast.service.declaration import Service
from propcast.service.limits import Limits
from tests.apps.console.stand import Stand, service_of
from tests.apps.fleet import SERVICES
from tests.apps.rig import Running, Site, running

ENTRIES: tuple[Entry, ...] = (*(each.entry for each in SERVICES), ADMIN_DASHBOARD)
PATIENT = Limits(seconds=600, push_seconds=600, check_s=60)


class Uncounted:
    """Counts nobody."""

    def add(self, key: str, ends_at: datetime, by: int) -> int:
        return by


def declared(entry: Entry, site: Site) -> Service[Any]:
    """The service of an entry, without its background work."""
    if entry is ADMIN_DASHBOARD:
        found: Service[Any] = service_of(Stand(site))
    else:
        found = next(each for each in SERVICES if each.entry is entry)
    return replace(found, background=lambda _: ())


@contextmanager
def unhurried(entry: Entry, site: Site) -> Iterator[Running]:
    """The service of an entry, where neither a busy machine nor the number of requests is a reason to refuse one."""
    service = declared(entry, site)

    def guard(environment: Any) -> Guard:
        return replace(service.guard(environment), limiter=None)

    with running(site, replace(service, guard=guard), limits=PATIENT) as app:
        environment: Any = app.client.app.state.kit.environment
        if isinstance(environment, Console):
            environment.sign_in.limiter.counters = Uncounted()
        yield app
