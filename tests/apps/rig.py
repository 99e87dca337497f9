"""Runs real apps on a temporary home, in this process, without sockets and without time of their own."""

import base64
import io
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from propcast.backends.bus import tokens
from propcast.backends.compose import Backends, compose
from propcast.backends.secrets.port import Secret
from propcast.backends.settings import load_settings
from propcast.core.clock import Clock, FixedClock
from propcast.service.access import Role
from propcast.service.app import create_app
from propcast.service.auth.keys import ApiKeys
from propcast.service.auth.push import LocalCaller
from propcast.service.auth.store import StateStore
from propcast.service.catalogue import Entry
from propcast.service.declaration import Conditions, Service
from propcast.service.health.times import Budget, HealthTimes
from propcast.service.identity import identify
from propcast.service.telemetry.logs import Log, make_log
from propcast.service.topics import Places, subscriptions, topics
from propcast.tables.registry import ALL
from tests.service.client import Client, served

NOW = datetime(2025, 7, 1, 12, tzinfo=UTC)
PUSH_KEY = "k" * 48
PATIENT = HealthTimes(ready=Budget(30, 40, 0.0), deep=Budget(60, 90, 0.0))
"""Deadlines that a busy machine keeps, and no window: every question is a new run."""
HERE = Places()


@dataclass
class Site:
    """One home and the clock of everybody in it."""

    home: Path
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    variables: dict[str, str] = field(default_factory=dict)
    logged: io.StringIO = field(default_factory=io.StringIO)

    @property
    def environ(self) -> dict[str, str]:
        return {"PROPCAST_HOME": str(self.home), "PROPCAST_PUSH_KEY": PUSH_KEY, **self.variables}

    def backends(self, clock: Clock | None = None) -> Backends:
        return compose(load_settings(environ=self.environ), clock or self.clock, environ=self.environ)

    def declare_bus(self) -> "Site":
        self.backends().bus.ensure(topics(HERE), subscriptions(HERE))
        return self

    def log(self, entry: Entry) -> Log:
        return make_log(identify(entry.name, {}, {}), self.clock, "DEBUG", self.logged)

    def conditions(self, entry: Entry, **differently: Any) -> Conditions:
        plain = Conditions(environ=self.environ, clock=self.clock, times=PATIENT, log=self.log(entry))
        return replace(plain, **differently)


@dataclass(frozen=True)
class Caller:
    """Makes credentials for one service of a site."""

    site: Site
    entry: Entry

    def push(self, at: datetime | None = None, audience: str = "", key: str = PUSH_KEY) -> dict[str, str]:
        (signer,) = tokens.push_keys(Secret(key))
        token = tokens.sign(signer, audience or self.entry.local_url, at or self.site.clock.now())
        return {"Authorization": f"Bearer {token}"}

    def service(self, audience: str = "") -> dict[str, str]:
        (signer,) = tokens.push_keys(Secret(PUSH_KEY))
        return LocalCaller(signer, self.site.clock).headers(audience or self.entry.local_url)

    def key(self, role: Role, days: int = 30, services: tuple[str, ...] = ()) -> dict[str, str]:
        keys = ApiKeys(StateStore(self.site.backends().state), self.site.clock, self.entry.name)
        issued = keys.issue("tests", role, services or (self.entry.name,), timedelta(days=days))
        return {"X-API-Key": issued}


@dataclass
class Running:
    """One app that answers."""

    site: Site
    entry: Entry
    client: Client

    @property
    def caller(self) -> Caller:
        return Caller(self.site, self.entry)

    def push(self, path: str, data: Mapping[str, Any], **told: Any) -> httpx.Response:
        return self.client.post(path, content=envelope(data, **told), headers=self.caller.push())

    def ask(self, path: str, body: Mapping[str, Any] | None = None, role: Role = Role.OPERATOR) -> httpx.Response:
        return self.client.post(path, json=body or {}, headers=self.caller.key(role))

    def deep(self) -> dict[str, Any]:
        body: dict[str, Any] = self.client.get("/health/deep", headers=self.caller.service()).json()
        return body

    def ready(self) -> dict[str, Any]:
        body: dict[str, Any] = self.client.get("/ready", headers=self.caller.service()).json()
        return body


def versions(site: Site) -> dict[str, int]:
    """The version of every table of a site."""
    warehouse = site.backends().warehouse
    return {name: warehouse.version(table) for name, table in ALL.items()}


def envelope(
    data: Mapping[str, Any], *, message_id: str = "1", subscription: str = "test", attempt: int = 1, **attributes: str
) -> bytes:
    """A push as the bus sends it."""
    message = {
        "data": base64.b64encode(json.dumps(data).encode()).decode(),
        "messageId": message_id,
        "attributes": attributes,
        "publishTime": NOW.isoformat(),
    }
    return json.dumps({"message": message, "subscription": subscription, "deliveryAttempt": attempt}).encode()


def failing(body: Mapping[str, Any]) -> dict[str, tuple[Any, str]]:
    """Every check that does not pass, with value and unit; that the machine is busy is no fault of the home."""
    return {
        key: (entry["observedValue"], entry["observedUnit"])
        for key, (entry,) in body["checks"].items()
        if entry["status"] != "pass" and not key.startswith("process:")
        if not (entry["status"] == "warn" and entry["observedUnit"] == "ms")
    }


@contextmanager
def running(site: Site, service: Service[Any], **differently: Any) -> Iterator[Running]:
    """The app of a service on that site, open."""
    opened = replace(service, open=partial(service.open, clock=site.clock))  # type: ignore[call-arg]
    app = create_app(opened, site.conditions(service.entry, **differently))
    with served(app) as client:
        yield Running(site, service.entry, client)


def eventually(holds: Callable[[], bool], within_s: float = 60.0) -> None:
    """Wait for what another thread does; an event would need a hook in the code under test."""
    ends = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < ends, "it did not come about"
        time.sleep(0.02)
