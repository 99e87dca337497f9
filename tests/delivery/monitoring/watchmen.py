"""Prometheus, Alertmanager and somebody who is notified, all on this machine and all ended with the block."""

import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

HOST = "127.0.0.1"
GRACE_S = 10.0
Told = tuple[str, str, str]
"""Path of the webhook, alert, and whether it fires or is resolved."""


@dataclass
class Receiver:
    """Somebody who is notified."""

    told: list[Told] = field(default_factory=list)
    address: str = ""

    def take(self, path: str, body: dict[str, Any]) -> None:
        self.told += [(path, alert["labels"]["alertname"], alert["status"]) for alert in body["alerts"]]


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Listen on a free port."""
    heard = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.take(self.path, json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            return

    server = ThreadingHTTPServer((HOST, 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    heard.address = f"http://{HOST}:{server.server_address[1]}"
    try:
        yield heard
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def running(folder: Path, name: str, ready: str, *command: str) -> Iterator[None]:
    """Run a program until the block ends; it begins once an address answers."""
    with (folder / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        until(lambda: _answers(ready), 60.0, f"{name} does not start")
        yield
    finally:
        process.terminate()
        try:
            process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def until(holds: Callable[[], bool], seconds: float, otherwise: str | Callable[[], str]) -> float:
    """Wait until something holds and return how long that took."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() > began + seconds:
            raise AssertionError(otherwise if isinstance(otherwise, str) else otherwise())
        time.sleep(0.2)
    return time.monotonic() - began


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=2, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
