"""A client without sockets: the app runs on a loop in a thread, and tests ask it one request after the other."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from types import TracebackType
from typing import Any, Self

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI

from propcast.service.kit import Kit


class Client:
    """Asks one app; cookies are kept as a browser keeps them."""

    def __init__(self, app: FastAPI, portal: BlockingPortal, address: str = "203.0.113.9") -> None:
        self.app = app
        transport = httpx.ASGITransport(app, client=(address, 40000))
        self.portal = portal
        self._http = httpx.AsyncClient(transport=transport, base_url="https://toy.test")

    def request(self, method: str, path: str, **told: Any) -> httpx.Response:
        return self.portal.call(partial(self._http.request, method, path, **told))

    def get(self, path: str, **told: Any) -> httpx.Response:
        return self.request("GET", path, **told)

    def post(self, path: str, **told: Any) -> httpx.Response:
        return self.request("POST", path, **told)

    def forget(self) -> None:
        """Drop all cookies."""
        self._http.cookies.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.portal.call(self._http.aclose)


@contextmanager
def served(app: FastAPI, *, is_open: bool = True, address: str = "203.0.113.9") -> Iterator[Client]:
    """A client of the running app, once its environment is open."""
    kit: Kit[object] = app.state.kit
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(app.router.lifespan_context(app)):
        if is_open:
            portal.call(kit.until_open)
        with Client(app, portal, address) as client:
            yield client
