"""Stands between the emulator of Pub/Sub and services, and does what the service documents and the emulator does not.

It signs pushes, counts deliveries, holds back what a filter holds back, and remembers what was acknowledged.
"""

import contextlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from google.pubsub_v1 import SubscriberClient, types

from propcast.backends.bus.port import DEAD_SUBSCRIPTION
from propcast.backends.bus.pubsub import filters
from tests.emulators.retries import Retries

Sign = Callable[[str, str], str]
"""Returns a token for an audience, in the name of an account."""
ACKNOWLEDGING = (102, 200, 201, 202, 204)
"""As Pub/Sub documents it."""


class Postman:
    """Takes the emulator's pushes on a free port and carries each to where its path says."""

    def __init__(self, subscriber: SubscriberClient, to: Callable[[str], str], sign: Sign) -> None:
        self.subscriber, self.to, self.sign = subscriber, to, sign
        self.acknowledged: set[tuple[str, str]] = set()
        """Subscriptions and the ids of messages that were taken."""
        self.given_up: set[tuple[str, str]] = set()
        """Subscriptions and the stamped attributes of messages that came back as dead letters."""
        self.carried: Counter[str] = Counter()
        """How often something was pushed, by subscription."""
        self.retries = Retries()
        self._tries: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def carry(self, path: str, raw: bytes) -> int:
        """Deliver one push; return the status with which it is answered."""
        body = json.loads(raw)
        name, message = body["subscription"], body["message"]
        attributes = message.get("attributes") or {}
        if self.retries.is_early(name, message["messageId"]):
            return 500
        found = self.retries.declared(name) or self.subscriber.get_subscription(subscription=name)
        if not passes(found.filter, attributes):
            self.acknowledged.add((name, message["messageId"]))
            return 204
        with self._lock:
            self.carried[name] += 1
            self._tries[name, message["messageId"]] += 1
            if dead := attributes.get(DEAD_SUBSCRIPTION):
                self.given_up.add((dead, key_of(attributes)))
        if found.dead_letter_policy.dead_letter_topic:
            body["deliveryAttempt"] = self._tries[name, message["messageId"]]
        status = self._post(self.to(path), json.dumps(body).encode(), found)
        if status not in ACKNOWLEDGING:
            self.retries.refused(name, message["messageId"])
            return 500  # the emulator follows a redirection, and takes some other answers for good
        self.acknowledged.add((name, message["messageId"]))
        return 204  # the emulator does not take 202

    def _post(self, url: str, body: bytes, found: types.Subscription) -> int:
        token = found.push_config.oidc_token
        headers = {"Content-Type": "application/json"}
        if token.service_account_email:
            signed = self.sign(token.audience, token.service_account_email)
            headers["Authorization"] = f"Bearer {signed}"
        there = urlsplit(url)
        connection = HTTPConnection(there.netloc, timeout=found.ack_deadline_seconds)
        try:
            connection.request("POST", there.path, body, headers)
            response = connection.getresponse()
            response.read()
        except OSError:
            return 503
        else:
            return response.status
        finally:
            connection.close()


def passes(text: str, attributes: Mapping[str, str]) -> bool:
    """Tell whether a filter lets a message through."""
    return all(attributes.get(name) == value for name, value in filters.read(text).items())


def key_of(attributes: Mapping[str, str]) -> str:
    """Return what tells one message from another, before and after its death."""
    return str(attributes.get("propcast_message_id", ""))


class _Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True

    def __init__(self, postman: Postman) -> None:
        self.postman = postman
        super().__init__(("127.0.0.1", 0), _Request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The emulator hangs up when it likes."""


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.server.postman.carry(self.path, raw)
        with contextlib.suppress(OSError):
            self.send_response(status)
            if status != 204:
                self.send_header("Content-Length", "0")
            self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""
