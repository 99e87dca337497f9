"""The delivery loop of the bus of one machine: claims messages, pushes them, and does what the answers say."""

import asyncio
import contextlib
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import ParamSpec, TypeVar

import structlog

from propcast.backends.bus.alarm import Alarm
from propcast.backends.bus.answers import Answer
from propcast.backends.bus.desk import Desk, End, Handout
from propcast.backends.bus.instants import SECOND, micros
from propcast.backends.bus.lanes import Lane
from propcast.backends.bus.outcomes import Outcomes
from propcast.backends.bus.push import Pusher
from propcast.backends.bus.queue import Claim
from propcast.backends.bus.times import BusTimes
from propcast.backends.bus.tokens import PushKey
from propcast.core.clock import Clock
from propcast.core.errors import StoreUnavailable

P = ParamSpec("P")
T = TypeVar("T")

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Delivered:
    """One push that ended, for counters and logs."""

    subscription: str
    message_id: str
    answer: Answer
    seconds: float


class Delivery:
    """Pushes the messages of one bus file; several may run on it at once, each message is with one of them.

    Every subscription has a lane of its own, so a slow, failing or absent service delays nobody else. Whatever a
    deliverer that dies had claimed comes back when its claims end.
    """

    def __init__(
        self,
        path: Path,
        key: PushKey,
        clock: Clock,
        rng: random.Random,
        times: BusTimes | None = None,
        observe: Callable[[Delivered], None] = lambda _: None,
    ) -> None:
        self._clock = clock
        self._times = times or BusTimes()
        self._observe = observe
        self._desk = Desk(path, token_hex(8), clock, self._times)
        self._pusher = Pusher(key, self._desk.prefix, clock, self._times)
        self._outcomes = Outcomes(rng, self._times)
        self._alarm = Alarm(path, self._desk.news, clock, self._times.poll_s)
        self._lanes: dict[str, Lane] = {}
        self._pushes: dict[asyncio.Task[None], Claim] = {}
        self._ends: list[End] = []

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop` is set; then let running pushes finish for a while and give the others back."""
        with ThreadPoolExecutor(1, "bus-file") as self._thread, self._alarm.listening():
            async with self._pusher:
                stopping = asyncio.create_task(self._ring_on(stop))
                try:
                    while not stop.is_set():
                        await self._alarm.wait(await self._visit())
                finally:
                    stopping.cancel()
                    await self._finish()

    async def _visit(self, *, claiming: bool = True) -> int | None:
        """Hand ends in, start what is handed out, and return when to come again."""
        self._alarm.silence()
        ends, self._ends = self._ends, []
        at = self._now()
        room = {name: lane.room(at) for name, lane in self._lanes.items()} if claiming else {}
        try:
            handout = await self._at_desk(self._desk.visit, ends, list(self._pushes.values()), room)
        except StoreUnavailable as error:
            _log.warning("bus_file_unavailable", error=str(error))
            self._ends = ends + self._ends
            return at + round(self._times.uncharged_min_s * SECOND)
        for claim in handout.claims:
            self._start(self._lanes[claim.place.subscription], claim)
        return self._next_visit(handout, at)

    def _next_visit(self, handout: Handout, at: int) -> int | None:
        due = [lane.rests_until for lane in self._lanes.values() if lane.rests_until > at]
        if handout.next_at is not None:
            due.append(handout.next_at)
        for declared in handout.subscriptions:
            if declared.name not in self._lanes:
                due.append(at)  # nothing was claimed for a lane that did not exist yet
            self._lanes.setdefault(declared.name, Lane(declared)).subscription = declared
        return min(due, default=None)

    def _start(self, lane: Lane, claim: Claim) -> None:
        lane.running += 1
        task = asyncio.create_task(self._push(lane, claim))
        self._pushes[task] = claim
        task.add_done_callback(self._pushes.pop)

    async def _push(self, lane: Lane, claim: Claim) -> None:
        started = self._now()
        try:
            answer = await self._pusher.push(lane.subscription, claim)
        except Exception as error:  # noqa: BLE001 - the edge of a push: what it can't send ends as a dead letter
            _log.exception("push_failed", subscription=claim.place.subscription)
            answer = Answer(None, f"not sent: {type(error).__name__}")
        finally:
            lane.running -= 1
            self._alarm.ring()
        ended = self._now()
        self._ends.append(self._outcomes.end(lane, claim, answer, ended))
        number, name = claim.place
        self._observe(Delivered(name, f"{self._desk.prefix}{number}", answer, (ended - started) / SECOND))

    async def _finish(self) -> None:
        held = list(self._pushes.values())
        # Ends are handed in as they come: whoever loses patience with this process kills it.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._times.stop_s):
                while self._pushes:
                    await asyncio.wait(self._pushes, return_when=asyncio.FIRST_COMPLETED)
                    await self._visit(claiming=False)
        for task in self._pushes:
            task.cancel()
        await asyncio.gather(*self._pushes, return_exceptions=True)
        try:
            await self._at_desk(self._desk.release, self._ends, held)
        except StoreUnavailable as error:
            _log.warning("bus_claims_left", error=str(error), claims=len(held))
        self._desk.close()

    async def _ring_on(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._alarm.ring()

    async def _at_desk(self, work: Callable[P, T], *args: P.args, **_: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *args)

    def _now(self) -> int:
        return micros(self._clock.now())
