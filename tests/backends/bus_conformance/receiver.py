"""A real HTTP service that remembers what was pushed to it and answers as it is told."""

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR, socket
from time import monotonic
from typing import Any, cast

from propcast.backends.bus.envelope import Envelope, decode


@dataclass(frozen=True)
class Push:
    """One push that arrived."""

    path: str
    headers: Mapping[str, str]
    envelope: Envelope
    at: float = field(default_factory=monotonic)

    @property
    def id(self) -> str:
        return self.envelope.message.id


@dataclass(frozen=True)
class Reply:
    """How a push is answered."""

    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


Handler = Callable[[Push], Reply]


class Receiver:
    """Serves on a free port; every path answers 204 until `answers` says otherwise."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._pushes: list[Push] = []
        self._handlers: dict[str, Handler] = {}
        self._port = 0
        self.start()

    def start(self) -> None:
        """Serve, on the same port as before."""
        self._server = _Server(("127.0.0.1", self._port), self)
        self._port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def stop(self) -> None:
        """Refuse connections from now on."""
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def answers(self, path: str, *replies: Reply | int, then: Reply | int = 204) -> None:
        """Answer the first pushes to a path with these replies in turn, and all later ones with the last."""
        waiting, lock = [_reply(each) for each in replies], threading.Lock()

        def handler(_: Push) -> Reply:
            with lock:
                return waiting.pop(0) if waiting else _reply(then)

        self.handles(path, handler)

    def handles(self, path: str, handler: Handler) -> None:
        """Answer a path by a function, which may block."""
        self._handlers[path] = handler

    def pushes(self, path: str) -> list[Push]:
        """Return what arrived at a path so far, in that order."""
        with self._changed:
            return [push for push in self._pushes if push.path == path]

    def wait(self, path: str, n: int, *, within_s: float) -> list[Push]:
        """Wait until n pushes have arrived at a path, and return them."""
        self.wait_until(lambda: len(self.pushes(path)) >= n, within_s=within_s, what=f"{n} pushes to {path}")
        return self.pushes(path)

    def wait_until(self, reached: Callable[[], bool], *, within_s: float, what: str) -> None:
        """Wait until a condition on the pushes holds; it is looked at after each, and now and then."""
        end = monotonic() + within_s
        with self._changed:
            while not reached():
                if monotonic() > end:
                    raise AssertionError(f"no {what} within {within_s} s; arrived: {self.counts()}")
                self._changed.wait(0.02)

    def counts(self) -> dict[str, int]:
        """Return how many pushes each path got."""
        return dict(Counter(push.path for push in self._pushes))

    def take(self, push: Push) -> Reply:
        """Remember a push and answer it."""
        with self._changed:
            self._pushes.append(push)
            self._changed.notify_all()
        handler = self._handlers.get(push.path)
        return Reply() if handler is None else handler(push)


class _Server(ThreadingHTTPServer):
    allow_reuse_address = True
    daemon_threads = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], receiver: Receiver) -> None:
        self.receiver = receiver
        self._open: set[socket] = set()
        super().__init__(address, _Request)

    def get_request(self) -> tuple[socket, Any]:
        connection, address = super().get_request()
        self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: socket | tuple[bytes, socket]) -> None:
        self._open.discard(cast("socket", request))
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Break the connections that clients keep open."""
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(SHUT_RDWR)


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        reply = self.server.receiver.take(Push(self.path, dict(self.headers), decode(body)))
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 204:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


def _reply(given: Reply | int) -> Reply:
    return given if isinstance(given, Reply) else Reply(given)
