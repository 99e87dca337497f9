"""Stands between the bus and the services: delivers pushes twice, late, out of order, or not at all."""

import asyncio
import json
import random
import threading
from collections import Counter, defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from propcast.backends.bus.port import ORIGINAL_ID

_HOST = "127.0.0.1"
_PATIENCE_S = 30.0
_TOLD = ("Authorization", "Content-Type", "X-API-Key")
_SERVICE_DOWN = web.HTTPTooManyRequests.status_code
"""What is said for a service that cannot be reached: a port that answers cannot refuse; this is uncharged as well."""


class Fate(StrEnum):
    """What becomes of one push."""

    PASSED = "passed"
    TRIPLED = "tripled"
    DELAYED = "delayed"
    DROPPED = "dropped"
    ANSWER_LOST = "answer lost"
    CAME_AGAIN_LATER = "came again later"


WEIGHTS: Mapping[Fate, int] = {
    Fate.PASSED: 50, Fate.TRIPLED: 14, Fate.DELAYED: 14, Fate.DROPPED: 7, Fate.ANSWER_LOST: 7,
    Fate.CAME_AGAIN_LATER: 8,
}  # fmt: skip
LATEST_S = 1.5
"""A push is held up this long at most: other messages overtake it."""
GHOST_S = 6.0
"""A second copy comes this much later at most, when its work has long been done."""


@dataclass
class Traffic:
    """What went through: pushes of the bus by fate, how often each message was pushed, and how often charged.

    Attributes:
        looks: pushes of a message and of all its copies that were put aside for later, by the id of the first.
    """

    fates: Counter[Fate] = field(default_factory=Counter)
    pushes: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    charged: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    handled: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    looks: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)

    @property
    def redeliveries(self) -> int:
        """Pushes beyond the first of their message."""
        return sum(self.pushes.values()) - len(self.pushes)


@dataclass(frozen=True)
class _Answered:
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def response(self) -> web.Response:
        kept = {name: value for name, value in self.headers.items() if name in ("Retry-After", "Content-Type")}
        return web.Response(status=self.status, headers=kept, body=self.body or None)


class Proxy:
    """Listens on a port per service and forwards to the service's own; runs in a thread of its own."""

    def __init__(self, ports: Mapping[str, int], rng: random.Random) -> None:
        self.traffic = Traffic()
        self.urls: dict[str, str] = {}
        self._targets, self._rng = dict(ports), rng
        self._is_wild, self._ready = False, threading.Event()
        self._ghosts: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="proxy")

    def rage(self) -> None:
        """From now on disturb what goes through."""
        self._is_wild = True

    def calm(self) -> None:
        """From now on forward everything as it is."""
        self._is_wild = False

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    async def _run(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        runners = []
        timeout, connector = aiohttp.ClientTimeout(total=_PATIENCE_S), aiohttp.TCPConnector(limit=0, force_close=True)
        async with aiohttp.ClientSession(timeout=timeout, connector=connector) as self._session:
            for name, port in self._targets.items():
                runners.append(await self._listen(name, port))
            self._ready.set()
            await self._over.wait()
            for runner in runners:
                await runner.cleanup()
            for ghost in self._ghosts:
                ghost.cancel()
            await asyncio.gather(*self._ghosts, return_exceptions=True)

    async def _listen(self, name: str, port: int) -> web.ServerRunner:
        async def take(request: web.BaseRequest) -> web.StreamResponse:
            return await self._take(f"http://{_HOST}:{port}{request.rel_url}", request)

        runner = web.ServerRunner(web.Server(take, access_log=None), shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, _HOST, 0)
        await site.start()
        self.urls[name] = f"http://{_HOST}:{runner.addresses[0][1]}"
        return runner

    async def _take(self, url: str, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        headers = {name: request.headers[name] for name in _TOLD if name in request.headers}
        push, is_wild = _push_of(body) if request.method == "POST" else None, self._is_wild
        fate = self._rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0] if push and is_wild else Fate.PASSED
        if push is not None:
            self.traffic.pushes[push] += 1
            self.traffic.looks[_original(body)] += "-dead." not in push[0]
            self.traffic.fates[fate] += 1
        answered = await self._meet(fate, _Onward(request.method, url, headers, body, push))
        if push is not None:
            self._note(push, answered)
        if answered is None:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)  # nobody is there to read it
        return answered.response()

    async def _meet(self, fate: Fate, onward: "_Onward") -> _Answered | None:
        """Do to a push what its fate is; None when the bus gets no answer."""
        if fate is Fate.DROPPED:  # what nobody could have taken is not lost on the way: the bus is not charged for it
            return None if await _is_there(onward.url) else _Answered(_SERVICE_DOWN)
        if fate is Fate.TRIPLED:
            answers = await asyncio.gather(*(self._forward(onward, self._rng.uniform(0, 0.05)) for _ in range(3)))
            return self._rng.choice(answers)
        if fate is Fate.CAME_AGAIN_LATER:
            self._haunt(onward)
        answered = await self._forward(onward, self._rng.uniform(0, LATEST_S) if fate is Fate.DELAYED else 0)
        is_lost = fate is Fate.ANSWER_LOST and answered is not None and answered.status != _SERVICE_DOWN
        return None if is_lost else answered

    def _haunt(self, onward: "_Onward") -> None:
        async def later() -> None:
            await self._forward(onward, self._rng.uniform(0.2, GHOST_S))

        ghost = asyncio.create_task(later())
        self._ghosts.add(ghost)
        ghost.add_done_callback(self._ghosts.discard)

    async def _forward(self, onward: "_Onward", wait_s: float) -> _Answered | None:
        """Send a copy on; None when the connection broke before the answer."""
        await asyncio.sleep(wait_s)
        try:
            async with self._session.request(
                onward.method, onward.url, headers=onward.headers, data=onward.body, allow_redirects=False
            ) as response:
                answered = _Answered(response.status, response.headers, await response.read())
        except aiohttp.ClientConnectorError:
            return _Answered(_SERVICE_DOWN)
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None
        if onward.push is not None:
            self.traffic.handled[onward.push] += 1
        return answered

    def _note(self, push: tuple[str, str], answered: _Answered | None) -> None:
        status = "none" if answered is None else str(answered.status)
        self.traffic.answers[status] += 1
        if answered is None or (answered.status >= 400 and answered.status not in (401, 403, 429)):
            self.traffic.charged[push] += 1


@dataclass(frozen=True)
class _Onward:
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    push: tuple[str, str] | None


async def _is_there(url: str) -> bool:
    parts = urlsplit(url)
    try:
        _, writer = await asyncio.open_connection(parts.hostname, parts.port)
    except OSError:
        return False
    writer.close()
    return True


def _push_of(body: bytes) -> tuple[str, str] | None:
    """Return subscription and message id of a push envelope."""
    with suppress(ValueError, KeyError, TypeError):
        envelope = json.loads(body)
        return envelope["subscription"], envelope["message"]["messageId"]
    return None


def _original(body: bytes) -> str:
    message = json.loads(body)["message"]
    found: str = message.get("attributes", {}).get(ORIGINAL_ID, message["messageId"])
    return found
