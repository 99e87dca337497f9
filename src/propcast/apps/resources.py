"""What an app works with: opened once, with the credentials it takes and the work it does beside answering."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from secrets import token_hex
from typing import TypeVar

from propcast.apps.checks.latencies import ensure_known_object
from propcast.apps.checks.trips import SCRATCH_DOCUMENTS
from propcast.backends.bus.port import Bus
from propcast.backends.compose import Backends, compose, secrets_of
from propcast.backends.google.places import PUBSUB
from propcast.backends.settings import load_settings
from propcast.backends.state.dispatcher import Dispatcher, Pace
from propcast.backends.state.leases import release_all
from propcast.backends.state.port import Body, Transaction
from propcast.backends.state.releases import record_release
from propcast.backends.state.retention import forget
from propcast.core.clock import Clock
from propcast.service.auth.credentials import Credentials, credentials
from propcast.service.auth.guard import Guard
from propcast.service.auth.keys import ApiKeys
from propcast.service.auth.rates import Limiter, StoredCounters
from propcast.service.auth.store import StateStore
from propcast.service.background import Background, Bell
from propcast.service.catalogue import Entry
from propcast.service.declaration import Environ, Resolve
from propcast.service.identity import Identity, identify
from propcast.service.topics import Places
from propcast.service.variables import service_urls
from propcast.service.watchers import OUTBOX, PAID_LOOK_EVERY_S

T = TypeVar("T")

SCRATCH_EVERY_S = 600.0
LEFT_OVER = timedelta(minutes=30)
"""Scratch objects of runs that died are removed once they are older."""


@dataclass(frozen=True)
class Resources:
    """One service's backends, and where it stands among the others.

    Attributes:
        config: its variables as they are set, without secrets.
        holder: names this process in leases.
        outbox: rung when a transaction has left messages there.
    """

    entry: Entry
    backends: Backends
    places: Places
    identity: Identity
    config: Mapping[str, str]
    credentials: Credentials
    holder: str
    outbox: Bell = field(default_factory=Bell, compare=False)

    @property
    def graveyard(self) -> str:
        """The consumer under whose name given-up messages are remembered."""
        return f"{self.entry.name} given up"

    def commit(self, work: Callable[[Transaction], T]) -> T:
        """Run a transaction that may leave messages in the outbox, and have them sent."""
        result = self.backends.state.transact(work)
        self.outbox.ring()
        return result


@dataclass(frozen=True)
class Renaming:
    """Publishes to topics by what they are called on this bus."""

    bus: Bus
    called: Mapping[str, str]

    def publish(self, topic: str, messages: Sequence[tuple[Body, Mapping[str, str]]]) -> list[str]:
        """Take the messages and return their ids, in the same order."""
        return self.bus.publish(self.called.get(topic, topic), messages)


def open_resources(
    entry: Entry, environ: Environ, clock: Clock | None = None, store_clock: Clock | None = None
) -> Resources:
    """Open the backends that the variables name; the clocks are those of `compose`."""
    settings = load_settings(environ=environ)
    backends = compose(settings, clock, store_clock, environ)
    identity = identify(entry.name, entry.told(environ), environ)
    places = Places(service_urls(settings.service_urls), settings.topics, settings.time_divisor)
    audience = settings.push_audience or places.url(entry)
    emulated = bool(environ.get(PUBSUB))
    shown = credentials(settings, identity.environment, backends.secrets, backends.clock, audience, emulated=emulated)
    holder = f"{entry.name} {os.getpid()} {token_hex(3)}"
    resources = Resources(entry, backends, places, identity, entry.told(environ), shown, holder)
    ensure_known_object(backends.objects)
    if identity.environment == "local":
        record_release(backends.state, entry.name, identity.revision, resources.config)
    return resources


def secrets(environ: Environ) -> Resolve:
    """Return what resolves secrets, also while the environment cannot be opened."""
    return secrets_of(load_settings(environ=environ), environ).get


def guard(resources: Resources) -> Guard:
    """Take the bus, other services, and people with an API key."""
    store, clock = StateStore(resources.backends.state), resources.backends.clock
    return Guard(
        bearers=resources.credentials.bearers,
        keys=ApiKeys(store, clock, resources.entry.name),
        limiter=Limiter(StoredCounters(store), clock),
    )


def background(resources: Resources) -> list[Background]:
    """Send the outbox, and sweep what scratch runs left behind."""
    return [sending(resources), Background("scratch", SCRATCH_EVERY_S, lambda: sweep(resources.backends))]


def sending(resources: Resources) -> Background:
    """Send the outbox: what this process leaves there at once, what others left at the next look, rarer where paid."""
    divisor, sender = resources.places.divisor, dispatcher(resources)
    idle_s = PAID_LOOK_EVERY_S / divisor if resources.backends.settings.backend_of("state") == "gcp" else None

    def send() -> bool:
        sender.dispatch()
        return not sender.left_nothing

    return Background(OUTBOX.name, OUTBOX.every_s / divisor, send, resources.outbox, idle_s)


def dispatcher(resources: Resources) -> Dispatcher:
    """Return what sends the outbox in this process's name."""
    return make_dispatcher(resources.backends, resources.places, resources.holder)


def make_dispatcher(backends: Backends, places: Places, holder: str) -> Dispatcher:
    """Return what sends the outbox, with every time of it divided as the settings say."""
    pace, divisor = Pace(), places.divisor
    times = {"lease_ttl": pace.lease_ttl, "first_retry": pace.first_retry, "longest_retry": pace.longest_retry}
    scaled = Pace(**{name: time / divisor for name, time in times.items()}, page=pace.page)
    return Dispatcher(backends.state, Renaming(backends.bus, places.called), holder=holder, pace=scaled)


def close(resources: Resources) -> None:
    """Give back what this process holds, so that nobody waits for its leases to end."""
    release_all(resources.backends.state, resources.holder)


def sweep(backends: Backends) -> int:
    """Remove scratch objects that runs left behind when they died; return how many."""
    before = backends.clock.now() - LEFT_OVER
    documents = forget(backends.state, SCRATCH_DOCUMENTS, "at", backends.state.now() - LEFT_OVER)
    return documents + backends.warehouse.sweep(before) + backends.objects.sweep(before)
