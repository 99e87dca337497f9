"""One service at run time: it opens its environment, keeps it open, and gives everything back at the end."""

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from typing import Generic, cast

import anyio
import anyio.to_thread
from starlette.requests import HTTPConnection

from propcast.service.auth.guard import Guard
from propcast.service.background import Rounds
from propcast.service.bounds import Drain
from propcast.service.declaration import Conditions, E, Service
from propcast.service.health.board import Board, Surroundings
from propcast.service.health.body import ModelInUse
from propcast.service.health.checks import Wiring
from propcast.service.health.telling import Audience
from propcast.service.health.watch import Watch
from propcast.service.identity import Identity, identify
from propcast.service.telemetry import declared
from propcast.service.telemetry.fencing import Fences
from propcast.service.telemetry.logs import Log, make_log
from propcast.service.telemetry.metrics import Metrics
from propcast.service.telemetry.traces import Tracing, make_tracing
from propcast.service.wiring import MissingVariables, collector, common, own, unopened

DEEP_EVERY_S = 900.0
"""A process looks into itself so often, whoever else asks it to."""
MEASURE_S = 2.0
"""Who asks for the metrics waits so long at most for those that are read from stores."""


@dataclass(frozen=True)
class _Opened(Generic[E]):
    environment: E
    guard: Guard
    wiring: Wiring
    models: tuple[ModelInUse, ...]
    rounds: Rounds


class Kit(Generic[E]):
    """What the parts of one app share.

    Attributes:
        environment: what the routes work with; None until it is open.
        guard: likewise.
        board: answers the health paths; it is there from the start.
    """

    def __init__(self, service: Service[E], conditions: Conditions) -> None:
        environ, clock = conditions.environ, conditions.clock
        self.service, self.conditions = service, conditions
        self.identity: Identity = identify(service.entry.name, service.entry.told(environ), environ)
        self.log: Log = conditions.log or make_log(self.identity, clock, environ.get("PROPCAST_LOG_LEVEL", "INFO"))
        self.tracing: Tracing = conditions.tracing or make_tracing(self.identity, clock, collector(environ))
        self.metrics, self.drain = Metrics(), Drain()
        self.fences = Fences(self.identity.service, self.metrics)
        self.environment: E | None = None
        self.guard: Guard | None = None
        self._models: tuple[ModelInUse, ...] = ()
        self._opening: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None
        self._rounds: Rounds | None = None
        self._open_now = asyncio.Event()
        self._common = common(service, conditions, self.tracing, clock.now())
        self._watch = Watch(self.identity.service, self.metrics, self.log)
        self._around = self._surroundings()
        self.board = self._board(unopened(service.entry, None))
        self._tell_build()

    async def start(self) -> None:
        """Begin to open the environment; answering does not wait for it."""
        self.log.info("service_started")
        self._opening = asyncio.create_task(self._open())
        self._looking = asyncio.create_task(self._look_deep())

    async def stop(self) -> None:
        """End the background work, then give everything back."""
        self.log.info("service_stopping")
        for task in (self._opening, self._looking):
            if task is not None:
                task.cancel()
        if self._rounds is not None:
            await self._rounds.end(self.conditions.limits.grace_s)
        if self.environment is not None:
            await anyio.to_thread.run_sync(self.service.close, self.environment)
        await anyio.to_thread.run_sync(self.tracing.close)

    async def until_open(self) -> None:
        """Return once the environment is open."""
        await self._open_now.wait()

    async def measure(self) -> None:
        """Bring up to date what is only measured when somebody asks; what cannot be keeps its last value.

        The checks of `/ready` are among it: nobody else need ask for them.
        """
        await self.board.ready(Audience.TRUSTED)
        environment = self.environment
        if environment is None:
            return
        work = partial(self.service.measure, environment, self.metrics)
        with anyio.move_on_after(MEASURE_S):
            try:
                await anyio.to_thread.run_sync(work, abandon_on_cancel=True)
            except Exception:
                self.log.exception("measure_failed")

    async def _open(self) -> None:
        told = ""
        while self.environment is None:
            try:
                self._take(await anyio.to_thread.run_sync(self._try_to_open))
            except Exception as error:
                self.board = self._board(unopened(self.service.entry, error))
                if str(error) != told:
                    told = str(error)
                    self.log.exception("environment_unopened", reason=type(error).__name__)
                await asyncio.sleep(self.conditions.reopen_s)

    def _try_to_open(self) -> "_Opened[E]":
        service, environ = self.service, self.conditions.environ
        found = service.entry.examine(environ)
        if found.unset or found.malformed:
            raise MissingVariables("; ".join((*found.unset, *found.malformed)))
        environment = service.open(environ)
        return _Opened(
            environment,
            service.guard(environment),
            own(service, environment),
            tuple(service.models(environment)),
            Rounds(service.background(environment), self.log, self.fences.see, self._beat),
        )

    def _take(self, opened: "_Opened[E]") -> None:
        self._models, self._rounds = opened.models, opened.rounds
        for model in self._models:
            labels = {"alias": model.alias, "model_id": model.model_id, "feature_hash": model.feature_hash}
            self.metrics.set(declared.MODEL_INFO, 1, **labels)
        self._watch = self._watch.renewed()
        self._around = replace(self._around, watch=self._watch.see)
        self.board = self._board(opened.wiring)
        self.environment, self.guard = opened.environment, opened.guard
        self._open_now.set()
        self.log.info("environment_opened")
        self._rounds.begin()

    def _beat(self, watcher: str) -> None:
        self.metrics.set(declared.HEARTBEAT, self.conditions.clock.now().timestamp(), watcher=watcher)

    async def _look_deep(self) -> None:
        while True:
            await asyncio.sleep(DEEP_EVERY_S)
            await self.board.deep()

    def _board(self, wiring: Wiring) -> Board:
        return Board(self._around, self._common | wiring, self.service.entry.checks)

    def _surroundings(self) -> Surroundings:
        conditions = self.conditions
        return Surroundings(
            identity=self.identity,
            clock=conditions.clock,
            timer=conditions.timer,
            times=conditions.times,
            models=lambda: self._models,
            expected=self.service.expected,
            watch=self._watch.see,
        )

    def _tell_build(self) -> None:
        who = self.identity
        self.metrics.set(
            declared.BUILD_INFO,
            1,
            service=who.service,
            revision=who.revision,
            release=who.release,
            config_hash=who.config_hash,
        )


def kit_of(connection: HTTPConnection) -> Kit[object]:
    """Return the kit of the app that a request came to."""
    return cast("Kit[object]", connection.app.state.kit)


def opened(connection: HTTPConnection, kind: type[E]) -> E:
    """Return the open environment for a handler; the gate has made sure that there is one."""
    environment = kit_of(connection).environment
    if not isinstance(environment, kind):
        raise TypeError(f"the environment is a {type(environment).__name__}, not a {kind.__name__}")
    return environment
