"""Stands between Cloud Storage's client and its stand-in, passes everything on, and fails as it is told."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_HOP = {"transfer-encoding", "connection", "content-length", "host"}


@dataclass
class HttpFault:
    """How requests of a method fail: so often with that status (0 breaks off), before or after their effect."""

    status: int
    times: int
    after: bool = False


@dataclass
class HttpBetween:
    """How requests fail, by method, and which were made."""

    faults: dict[str, HttpFault] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @contextmanager
    def before(self, url: str) -> Iterator[str]:
        """Stand before a server, and give the URL to go to."""
        target, between = urlsplit(url).netloc, self

        class Handler(BaseHTTPRequestHandler):
            def do(self) -> None:
                between.handle(self, target)

            do_GET = do_POST = do_DELETE = do_PUT = do  # noqa: N815 - as the library names them

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the library names it
                return

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def handle(self, asked: BaseHTTPRequestHandler, target: str) -> None:
        """Answer one request."""
        body = asked.rfile.read(int(asked.headers.get("Content-Length") or 0))
        self.asked.append(asked.command)
        fault = self.faults.get(asked.command)
        failing = fault if fault is not None and fault.times > 0 else None
        if failing is not None:
            failing.times -= 1
        if failing is None or failing.after:
            status, headers, told = _passed_on(asked, target, body)
        if failing is not None:
            status, headers, told = failing.status, {}, b'{"error": {"message": "as the test wants it"}}'
        if not status:
            asked.close_connection = True
            return
        asked.send_response(status)
        for name, value in headers.items():
            asked.send_header(name, value)
        asked.send_header("Content-Length", str(len(told)))
        asked.end_headers()
        asked.wfile.write(told)


def _passed_on(asked: BaseHTTPRequestHandler, target: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(target, timeout=60)
    try:
        headers = {name: value for name, value in asked.headers.items() if name.lower() not in _HOP}
        connection.request(asked.command, asked.path, body, {**headers, "Host": target})
        answer = connection.getresponse()
        kept = {name: value for name, value in answer.getheaders() if name.lower() not in _HOP}
        return answer.status, kept, answer.read()
    finally:
        connection.close()
