"""Synthetic load: a steady stream of requests that write nothing, marked so that they count as nobody's."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import aiohttp

from propcast.delivery.targets.requesting import SYNTHETIC_AGENT

MARK = {"User-Agent": f"{SYNTHETIC_AGENT}/1"}
"""What the request logs of all targets keep of a request; it counts as nobody's."""
LONGEST_S = 10.0
AT_ONCE = 64
"""So many requests may wait for their answers; what does not answer is not piled up upon."""
HELD_UP_S = 0.1
"""So long a request waits for the answers to those before it. On a machine that others use as well, requests that are
sent regardless make a queue of their own in one arm, which outlasts by seconds what has held it up; then queues are
compared and not releases. Ten requests a second are sent whatever happens."""


@dataclass(frozen=True)
class Call:
    """One request that writes nothing; with a body it is a POST."""

    path: str
    body: Mapping[str, object] | None = None


EVERYWHERE = (Call("/openapi.json"),)
"""What every service answers without writing anything, once it knows who asks. Latency is compared route by route, so
that one route makes the most of few requests."""

Pace = Callable[[float], Awaitable[None]]
"""Returns once so many seconds have passed since the load began."""


def pace_of(loop: asyncio.AbstractEventLoop) -> Pace:
    """Return the pace of real time, from now on."""
    began = loop.time()

    async def pace(seconds: float) -> None:
        await asyncio.sleep(max(0.0, began + seconds - loop.time()))

    return pace


@dataclass
class Load:
    """The load on one address.

    Attributes:
        sent, answered: requests, and those of them that were answered at all, whatever the answer was.
    """

    address: str
    calls: Sequence[Call]
    headers: Mapping[str, str]
    sent: int = 0
    answered: int = 0

    async def run(self, session: aiohttp.ClientSession, rate: float, seconds: float, pace: Pace) -> None:
        """Send `rate` requests a second for that long, evenly, and wait for the answers of all of them."""
        loop, waiting = asyncio.get_running_loop(), set[asyncio.Task[None]]()
        ends = loop.time() + seconds
        for number in range(round(rate * seconds)):
            await pace(number / rate)
            if waiting:
                _, waiting = await asyncio.wait(waiting, timeout=HELD_UP_S)
            if loop.time() >= ends:
                break
            if len(waiting) < AT_ONCE:
                self.sent += 1
                waiting.add(asyncio.create_task(self._ask(session, self.calls[number % len(self.calls)])))
        await asyncio.gather(*waiting)

    async def _ask(self, session: aiohttp.ClientSession, call: Call) -> None:
        method, url = ("GET" if call.body is None else "POST"), f"{self.address}{call.path}"
        headers, limit = {**self.headers, **MARK}, aiohttp.ClientTimeout(total=LONGEST_S)
        try:
            async with session.request(method, url, json=call.body, headers=headers, timeout=limit) as answer:
                await answer.read()
        except (aiohttp.ClientError, OSError, TimeoutError):
            return
        self.answered += 1
