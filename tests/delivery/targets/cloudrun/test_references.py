"""Only a digest is deployed: it is given, or the registry is asked once."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from requests import Session

from propcast.delivery.targets import port
from propcast.delivery.targets.cloudrun import templates
from propcast.delivery.targets.cloudrun.registry import digests
from tests.delivery.targets.cloudrun.conftest import REGISTRY, Bench

DIGEST = f"sha256:{7:064x}"
NAME = f"{REGISTRY}/prediction-worker"


@pytest.mark.parametrize("reference", [NAME, f"{NAME}:1.0"], ids=["name", "tag"])
def test_a_tag_alone_is_refused(bench: Bench, reference: str) -> None:
    with pytest.raises(port.TargetRefused, match="add @sha256"):
        bench.target.resolve(reference)


@pytest.mark.parametrize("digest", ["sha256:7", "sha512:" + "7" * 64, "7" * 64])
def test_what_is_no_digest_is_refused(bench: Bench, digest: str) -> None:
    with pytest.raises(port.TargetRefused, match="no such digest"):
        bench.target.resolve(f"{NAME}@{digest}")


def test_a_tag_is_looked_up_once_and_its_digest_deployed(bench: Bench) -> None:
    target = replace(bench.target, digest=lambda _: DIGEST)
    found = target.resolve(f"{NAME}:1.0")
    assert found == port.Image(f"{NAME}:1.0", DIGEST)
    assert templates.pinned(found) == f"{NAME}@{DIGEST}"


def test_a_registry_with_a_port_is_no_tag() -> None:
    found = port.Image(f"localhost:5000/a/b:1@{DIGEST}", DIGEST)
    assert templates.pinned(found) == f"localhost:5000/a/b@{DIGEST}"


def test_a_digest_that_the_registry_does_not_have_is_refused(bench: Bench) -> None:
    target = replace(bench.target, digest=lambda _: f"sha256:{8:064x}")
    with pytest.raises(port.TargetRefused, match="no such digest"):
        target.resolve(f"{NAME}@{DIGEST}")


@contextmanager
def registry(status: int, digest: str) -> Iterator[tuple[str, list[str]]]:
    """Serve a registry that gives every question the same answer."""
    asked = list[str]()

    class Answers(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            if digest:
                self.send_header("Docker-Content-Digest", digest)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("version", [":1.0", f"@{DIGEST}", f":1.0@{DIGEST}"])
def test_a_registry_is_asked_for_the_manifest(version: str) -> None:
    with Session() as session, registry(200, DIGEST) as (host, asked):
        assert digests(lambda: session, "http")(f"{host}/a/b{version}") == DIGEST
    assert asked == [f"/v2/a/b/manifests/{DIGEST if '@' in version else '1.0'}"]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (404, port.TargetRefused),
        (401, port.TargetRefused),
        (429, port.TargetUnavailable),
        (503, port.TargetUnavailable),
    ],
)
def test_a_registry_that_does_not_say_has_a_named_outcome(status: int, error: type[Exception]) -> None:
    with Session() as session, registry(status, "") as (host, _), pytest.raises(error, match=str(status)):
        digests(lambda: session, "http")(f"{host}/a/b:1")


def test_a_registry_that_is_not_there_is_unavailable() -> None:
    with Session() as session, pytest.raises(port.TargetUnavailable, match="does not answer"):
        digests(lambda: session, "http")("127.0.0.1:9/a/b:1")


@pytest.mark.parametrize("reference", ["worker", "host/", "host/worker"])
def test_what_is_no_reference_is_refused(reference: str) -> None:
    with pytest.raises(port.TargetRefused, match=re.escape(reference)):
        digests(Session)(reference)
