"""Keeps every request inside the limits, and ends all work when the process shuts down."""

import asyncio
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from propcast.service.facts import Facts, facts_of
from propcast.service.limits import Limits, has_no_numbers, nests_deeper
from propcast.service.problems import Problem, busy


class Drain:
    """Whether this process still takes work, and when running work has to end."""

    def __init__(self) -> None:
        self.begun = False
        self.over = False
        self._running: set[asyncio.Future[None]] = set()

    def begin(self, grace_s: float) -> None:
        """Take no more work; what still runs after the grace is answered 503, so that the bus delivers it again."""
        if not self.begun:
            self.begun = True
            asyncio.get_running_loop().call_later(grace_s, self._end)

    def watch(self) -> asyncio.Future[None]:
        """Return a future of a running request; it is set when the grace is over."""
        stop: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._running.add(stop)
        stop.add_done_callback(self._running.discard)
        return stop

    def _end(self) -> None:
        self.over = True
        for stop in tuple(self._running):
            _set(stop)


class Bounds:
    """Middleware: reads no more than the limits allow, and answers in time whatever the handler does."""

    def __init__(self, app: ASGIApp, limits: Limits, drain: Drain) -> None:
        self._app, self._limits, self._drain = app, limits, drain

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request within the bounds; start and end of the app pass through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        facts = facts_of(scope)
        push = facts.place is not None and facts.place.rule.push  # a push that is too deep becomes a dead letter
        bounded = _Body(receive, self._limits, facts, is_json=_is_json(scope) and not push)
        if facts.place is None or not facts.place.own:
            await self._app(scope, bounded, send)
            return
        if self._drain.begun:
            raise _ending()
        seconds = self._limits.push_seconds if push else self._limits.seconds
        await self._race(scope, bounded, send, seconds)

    async def _race(self, scope: Scope, receive: Receive, send: Send, seconds: float) -> None:
        """Run the handler until it is done, late before its first byte, or the shutdown's grace is over."""
        stop = self._drain.watch()
        late = asyncio.get_running_loop().call_later(seconds, _set, stop)
        answer = _Answer(send, late.cancel)
        work = asyncio.create_task(_run(self._app, scope, receive, answer))
        try:
            await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            late.cancel()
            answer.closed = not work.done()
            _set(stop)
            if not work.done():
                _abandon(work)
        if work.done():
            return work.result()
        if answer.started:
            raise ConnectionError("the answer was cut off: the process shuts down")
        raise _ending() if self._drain.over else busy(5, f"No answer within {seconds:g} s.", "timeout")


def _ending() -> Problem:
    return busy(1, "This process is shutting down; another takes the work.", "shutdown")


def _set(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _abandon(work: asyncio.Task[None]) -> None:
    """Cancel without awaiting: a thread inside the work cannot be stopped, and must not hold the answer."""
    work.cancel()
    work.add_done_callback(lambda done: done.cancelled() or done.exception())


async def _run(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await app(scope, receive, send)


class _Answer:
    """The way out of one request; closed, nothing more goes out."""

    def __init__(self, send: Send, on_start: Callable[[], None]) -> None:
        self._send, self._on_start = send, on_start
        self.started = self.closed = False

    async def __call__(self, message: Message) -> None:
        if self.closed:
            return
        if not self.started:
            self.started = True
            self._on_start()
        await self._send(message)


class _Body:
    """The way in of one request; more than the limits allow is never handed on."""

    def __init__(self, receive: Receive, limits: Limits, facts: Facts, *, is_json: bool) -> None:
        self._receive, self._limits, self._facts = receive, limits, facts
        self._is_json = is_json
        self._size = 0
        self._parts: list[bytes] = []

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] != "http.request":
            return message
        part = message.get("body", b"")
        self._size += len(part)
        if self._size > self._limits.body_bytes:
            raise self._breach(Problem(413, f"A body may have {self._limits.body_bytes:,} bytes.", "too_large"))
        if self._is_json:
            self._parts.append(part)
            if not message.get("more_body"):
                self._look_at(b"".join(self._parts))
        return message

    def _look_at(self, raw: bytes) -> None:
        if nests_deeper(raw, self._limits.depth):
            raise self._breach(Problem(422, f"JSON may nest {self._limits.depth} deep.", "too_deep"))
        if has_no_numbers(raw):
            raise self._breach(Problem(422, "JSON has no NaN and no Infinity.", "invalid_request"))

    def _breach(self, problem: Problem) -> Problem:
        self._facts.breach = problem  # the framework may turn the exception into another; the facts keep the cause
        return problem


def _is_json(scope: Scope) -> bool:
    kind = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
    return b"json" in kind.lower()
