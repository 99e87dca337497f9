"""A revision that answers over HTTP as it is told, and remembers what it was asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from propcast.delivery.targets.port import Revision
from propcast.service.health.body import MEDIA_TYPE, HealthBody, Status
from propcast.service.health.reader import write
from tests.delivery.rollout.world import NEW, NOON, SERVICE
from tests.service.health.bodies import body_of

WELL = {"models__unloaded": "pass"}


@dataclass
class Answering:
    """Attributes:
    asked: method, path and user agent of each request.
    body: the body of all three health paths.
    """

    body: HealthBody
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    url: str = ""

    def revision(self, tag: str) -> Revision:
        return Revision(SERVICE, self.body.revision, tag, self.url, NEW.digest, self.body.config_hash, NOON)

    def times(self, path: str) -> int:
        return sum(asked == path for _, asked, _ in self.asked)


def body(service: str = SERVICE, **told: object) -> HealthBody:
    """What a revision says when it is well, but for what is told otherwise."""
    return body_of(WELL, service).model_copy(update={"revision": "r1", "image_digest": NEW.digest, **told})


def failing(check: str = "models__unloaded") -> HealthBody:
    return body_of({check: "fail"}).model_copy(update={"revision": "r1", "image_digest": NEW.digest})


@contextmanager
def answering(told: HealthBody) -> Iterator[Answering]:
    """A revision at a free port, while the block runs."""
    arm = Answering(told)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            arm.asked.append((self.command, self.path, self.headers.get("User-Agent", "")))
            raw = write(arm.body)
            self.send_response(503 if arm.body.status is Status.FAIL else 200)
            self.send_header("Content-Type", MEDIA_TYPE)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    arm.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield arm
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
