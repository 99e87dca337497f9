"""Deadlines that hold whatever the callable does: late work is abandoned, never joined."""

import asyncio
import contextlib
import contextvars
import inspect
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

Settled = tuple[object, BaseException | None]

IDLE_S = 30.0
"""A thread without work ends after this: long enough to be there for the next look of whoever looks every window."""


class Abandoning:
    """Runs callables under deadlines, at most one run of each name at a time.

    The bound of the threads is the number of names: while an abandoned call still hangs, no second thread is
    spent on it, so one hanging dependency can never starve the others.
    """

    def __init__(self) -> None:
        self._running: dict[str, asyncio.Future[Settled]] = {}
        self._threads = _Threads()

    async def call(self, name: str, work: Callable[[], object], limit_s: float) -> object:
        """Return what `work` returns or raise what it raises; `TimeoutError` once `limit_s` has passed."""
        loop = asyncio.get_running_loop()
        until = loop.time() + limit_s
        while (earlier := self._running.get(name)) is not None:
            await _settled(earlier, until - loop.time())
        running = self._start(name, work)
        try:
            value, error = await _settled(running, until - loop.time())
        except TimeoutError:
            _cancel(running)
            raise
        if error is not None:
            raise error
        return value

    def _start(self, name: str, work: Callable[[], object]) -> asyncio.Future[Settled]:
        running = asyncio.ensure_future(_awaited(work)) if _is_async(work) else self._in_thread(work)
        self._running[name] = running
        running.add_done_callback(lambda _: self._running.pop(name, None))
        return running

    def _in_thread(self, work: Callable[[], object]) -> asyncio.Future[Settled]:
        loop = asyncio.get_running_loop()
        running: asyncio.Future[Settled] = loop.create_future()
        context = contextvars.copy_context()

        def settle(result: Settled) -> None:
            if not running.done():
                running.set_result(result)

        def body() -> None:
            result: Settled
            try:
                result = context.run(work), None
            except BaseException as error:  # noqa: BLE001 - handed to the caller of `call`
                result = None, error
            with contextlib.suppress(RuntimeError):  # the loop may be gone when abandoned work ends at last
                loop.call_soon_threadsafe(settle, result)

        self._threads.run(body)
        return running


class _Threads:
    """Threads that stay for a while for the next call: what stores keep open for a thread is then there already."""

    def __init__(self) -> None:
        self._idle: list[SimpleQueue[Callable[[], None]]] = []
        self._lock = threading.Lock()

    def run(self, body: Callable[[], None]) -> None:
        """Run what never raises in a thread that does nothing else meanwhile."""
        with self._lock:
            desk = self._idle.pop() if self._idle else None
        if desk is None:
            desk = SimpleQueue()
            threading.Thread(target=self._serve, args=(desk,), name="check", daemon=True).start()
        desk.put(body)

    def _serve(self, desk: "SimpleQueue[Callable[[], None]]") -> None:
        while (body := self._next(desk)) is not None:
            body()
            del body  # nothing of a call that is over stays with its thread
            with self._lock:
                self._idle.append(desk)

    def _next(self, desk: "SimpleQueue[Callable[[], None]]") -> Callable[[], None] | None:
        try:
            return desk.get(timeout=IDLE_S)
        except Empty:
            with self._lock:
                if desk in self._idle:
                    self._idle.remove(desk)
                    return None
            return desk.get()  # somebody has just taken this thread


async def _settled(running: asyncio.Future[Settled], seconds: float) -> Settled:
    done, _ = await asyncio.wait({running}, timeout=max(0.0, seconds))
    if not done:
        raise TimeoutError
    return (None, TimeoutError("cancelled")) if running.cancelled() else running.result()


def _cancel(running: asyncio.Future[Settled]) -> None:
    if isinstance(running, asyncio.Task):  # a thread cannot be stopped; its future stays, and says that it still runs
        running.cancel()


def _is_async(work: Callable[[], object]) -> bool:
    return inspect.iscoroutinefunction(work) or inspect.iscoroutinefunction(getattr(work, "__call__", None))  # noqa: B004


async def _awaited(work: Callable[[], object]) -> Settled:
    try:
        return await work(), None  # type: ignore[misc]
    except Exception as error:  # noqa: BLE001 - handed to the caller of `call`
        return None, error
