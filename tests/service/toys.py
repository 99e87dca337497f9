"""A small service with every kind of route, and the pieces to run it without real time or a real environment."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import cast

from fastapi import APIRouter, FastAPI, Request

from propcast.backends.bus import tokens
from propcast.backends.secrets.port import Secret
from propcast.core.clock import FixedClock
from propcast.service.access import ADMIN, INTERNAL, OPEN, OPERATOR, PUSH, VIEWER, Access, Role, access
from propcast.service.app import create_app
from propcast.service.auth.accounts import Accounts
from propcast.service.auth.guard import Guard
from propcast.service.auth.keys import ApiKeys
from propcast.service.auth.push import Bearers, LocalCaller, LocalVerifier
from propcast.service.auth.rates import Limiter, StoredCounters
from propcast.service.auth.sessions import Cookie, Sessions
from propcast.service.auth.store import MemoryStore, Store
from propcast.service.catalogue import PREDICTION_WORKER, Entry
from propcast.service.declaration import Conditions, Service
from propcast.service.health.checks import Wiring
from propcast.service.health.times import Budget, HealthTimes
from propcast.service.identity import identify
from propcast.service.input import Input
from propcast.service.kit import Kit
from propcast.service.telemetry.logs import Log, make_log

NOW = datetime(2026, 11, 30, 14, 5, 10, tzinfo=UTC)
AUDIENCE = PREDICTION_WORKER.local_url
KEYS = tokens.push_keys(Secret("k" * 48))
FORGER = tokens.push_keys(Secret("f" * 48))
SESSION_KEY = b"s" * 48
PASSWORD = "correct horse battery"  # noqa: S105 - of a toy

BARE: Entry = replace(PREDICTION_WORKER, groups=())
AT_ONCE = HealthTimes(ready=Budget(0.2, 0.3, 0.0), deep=Budget(0.2, 0.3, 0.0))
"""Short deadlines and no window: every question is a new run."""


@dataclass
class HandTimer:
    """A monotonic timer that only moves when it is told to."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds

    def advance(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass
class Toy:
    """The environment of the toy service: the store of its guard, and what its routes remember."""

    store: Store = field(default_factory=MemoryStore)
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    seen: list[str] = field(default_factory=list)

    @property
    def accounts(self) -> Accounts:
        return Accounts(self.store)

    @property
    def sessions(self) -> Sessions:
        return Sessions(self.store, (SESSION_KEY,), self.clock, Cookie(secure=True))

    @property
    def keys(self) -> ApiKeys:
        return ApiKeys(self.store, self.clock, PREDICTION_WORKER.name)

    @property
    def limiter(self) -> Limiter:
        return Limiter(StoredCounters(self.store), self.clock)

    def guard(self) -> Guard:
        bearers = Bearers(LocalVerifier(KEYS, AUDIENCE, self.clock))
        return Guard(bearers=bearers, keys=self.keys, sessions=self.sessions, limiter=self.limiter)


class Question(Input):
    """A body."""

    line: float
    x: object = None


def toy_router() -> APIRouter:
    """One route of each kind."""
    router = APIRouter()

    def add(path: str, rule: Access, method: str = "POST") -> None:
        @access(rule)
        def endpoint(request: Request) -> dict[str, str]:
            cast("Kit[Toy]", request.app.state.kit).environment.seen.append(path)  # type: ignore[union-attr]
            return {"path": path}

        router.add_api_route(path, endpoint, methods=[method], name=path)

    for name, rule in (("viewer", VIEWER), ("operator", OPERATOR), ("admin", ADMIN), ("push", PUSH)):
        add(f"/{name}", rule)
    add("/internal", INTERNAL)
    add("/start", PUSH | OPERATOR)
    add("/read", VIEWER, "GET")
    add("/open", OPEN, "GET")
    add("/fault", ADMIN.only_locally())

    @router.post("/ask")
    @access(OPEN)
    def ask(question: Question) -> dict[str, float]:
        return {"line": question.line}

    @router.post("/form")
    @access(ADMIN)
    async def form(request: Request) -> dict[str, str]:
        return {name: str(value) for name, value in (await request.form()).items()}

    @router.get("/break")
    @access(OPEN)
    def broken() -> None:
        raise RuntimeError("SELECT secret FROM vault -- /etc/shadow")

    return router


def toy_service(toy: Toy | None = None, wiring: Wiring | None = None, entry: Entry = BARE) -> Service[Toy]:
    """A service whose owed checks are all skipped with a reason, unless they are wired."""
    environment = toy or Toy()
    wired = wiring or Wiring()
    rest = dict.fromkeys(entry.checks, "not part of the toy")
    return Service(
        entry=entry,
        open=lambda _: environment,
        guard=lambda opened: opened.guard(),
        routers=(toy_router(),),
        wire=lambda _: Wiring(skipped=rest) | wired,
    )


def conditions(environ: Mapping[str, str] | None = None, times: HealthTimes = AT_ONCE) -> Conditions:
    """Conditions without a clock that moves, an environment, or output."""
    return Conditions(environ=environ or {}, clock=FixedClock(NOW), timer=HandTimer(), times=times, log=silent())


def silent() -> Log:
    """A log that nobody reads."""
    return logging_to(io.StringIO())


def logging_to(stream: io.StringIO) -> Log:
    """A log into memory."""
    return make_log(identify(PREDICTION_WORKER.name, {}, {}), FixedClock(NOW), "DEBUG", stream)


def events(stream: io.StringIO) -> list[dict[str, object]]:
    """What was logged."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def kit_of(app: FastAPI) -> Kit[Toy]:
    """The kit of an app."""
    return cast("Kit[Toy]", app.state.kit)


def toy_app(toy: Toy | None = None, wiring: Wiring | None = None, **differently: object) -> FastAPI:
    """The app of the toy service."""
    return create_app(toy_service(toy, wiring), replace(conditions(), **differently))  # type: ignore[arg-type]


def push_token(audience: str = AUDIENCE, at: datetime = NOW, key: tokens.PushKey = KEYS[0]) -> dict[str, str]:
    """The header of a push."""
    return {"Authorization": f"Bearer {tokens.sign(key, audience, at)}"}


def service_token(audience: str = AUDIENCE) -> dict[str, str]:
    """The header of a call from another service."""
    return LocalCaller(KEYS[0], FixedClock(NOW)).headers(audience)


def api_key(
    toy: Toy, role: Role = Role.VIEWER, services: tuple[str, ...] = (PREDICTION_WORKER.name,)
) -> dict[str, str]:
    """The header of a new API key."""
    return {"X-API-Key": toy.keys.issue("tests", role, services, timedelta(days=30))}
