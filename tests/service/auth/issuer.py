"""An issuer of identity tokens on a free port: discovery, keys that rotate, sign-in and token endpoint."""

import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CLIENT_ID, CLIENT_SECRET = "console", "client-secret-of-a-toy"


@cache
def private_key(name: str) -> rsa.RSAPrivateKey:
    """The key of that name; making one takes long, so all issuers share them."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_pem(name: str) -> bytes:
    """The public half, as a file would hold it."""
    return private_key(name).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def jwk(name: str) -> dict[str, Any]:
    """The public half, as an issuer publishes it."""
    document: dict[str, Any] = jwt.algorithms.RSAAlgorithm.to_jwk(private_key(name).public_key(), as_dict=True)
    return {**document, "kid": name, "use": "sig", "alg": "RS256"}


@dataclass
class Issuer:
    """What the server answers, and what it was asked.

    Attributes:
        base: its address; also its name.
        keys: the names of the keys that it publishes; the first signs.
        status: answered to everything while it is not 200.
        person: who signs in there; claims that stand in the token, None for those that do not.
        described: what its discovery document says otherwise than is right.
        shows_page: whether people see a page there and click, or are sent back at once.
        released: it answers once this is set, which it is at first.
        asked: the paths, in order.
        exchanged: the forms that came to the token endpoint.
    """

    now: datetime
    base: str = ""
    keys: list[str] = field(default_factory=lambda: ["first"])
    status: int = 200
    person: dict[str, Any] = field(default_factory=dict)
    described: dict[str, str] = field(default_factory=dict)
    shows_page: bool = False
    released: Event = field(default_factory=Event)
    asked: list[str] = field(default_factory=list)
    exchanged: list[dict[str, str]] = field(default_factory=list)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.base,
            "authorization_endpoint": f"{self.base}/authorize",
            "token_endpoint": f"{self.base}/token",
            "jwks_uri": f"{self.base}/keys",
            **self.described,
        }

    def claims(self, audience: str, **changed: Any) -> dict[str, Any]:
        at = self.now.timestamp()
        told = {"iss": self.base, "aud": audience, "sub": "1", "email": "ana@example.com", "email_verified": True,
                "iat": at, "exp": at + 3600}  # fmt: skip
        return {name: value for name, value in {**told, **changed}.items() if value is not None}

    def token(self, audience: str, *, key: str = "", kid: str = "", **changed: Any) -> str:
        """A signed token; `key` signs and `kid` is what it says about that."""
        key = key or self.keys[0]
        return jwt.encode(self.claims(audience, **changed), private_key(key), "RS256", {"kid": kid or key})

    def authorize(self, query: dict[str, str]) -> str:
        """The address to which somebody who has signed in is sent back."""
        code = f"code-{len(self._codes)}"
        self._codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state'], 'iss': self.base})}"

    def exchange(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """The answer of the token endpoint; a code is good once, for who knows the secret and the verifier."""
        self.exchanged.append(form)
        asked = self._codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if asked is None or asked["code_challenge"] != challenge or asked["redirect_uri"] != form["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        if authorization != f"Basic {basic}":
            return 401, {"error": "invalid_client"}
        token = self.token(CLIENT_ID, **{"nonce": asked["nonce"], **self.person})
        return 200, {"token_type": "Bearer", "access_token": "x", "id_token": token}

    def answer(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        parts = urlsplit(handler.path)
        self.asked.append(parts.path)
        self.released.wait(60)
        told = {name: values[0] for name, values in parse_qs(parts.query or body.decode()).items()}
        if self.status != 200:
            _send(handler, self.status, {})
        elif parts.path == "/authorize" and self.shows_page:
            _send(handler, 200, f'<a href="{escape(self.authorize(told))}">Continue</a>', "text/html")
        elif parts.path == "/authorize":
            handler.send_response(303)
            handler.send_header("Location", self.authorize(told))
            handler.end_headers()
        elif parts.path == "/token":
            _send(handler, *self.exchange(told, handler.headers.get("Authorization", "")))
        elif parts.path == "/keys":
            _send(handler, 200, {"keys": [jwk(name) for name in self.keys]})
        else:
            _send(handler, 200, self.discovery)


def _send(
    handler: BaseHTTPRequestHandler, code: int, document: dict[str, Any] | str, kind: str = "application/json"
) -> None:
    content = (document if isinstance(document, str) else json.dumps(document)).encode()
    handler.send_response(code)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)


@contextmanager
def issuing(now: datetime, host: str = "127.0.0.1") -> Iterator[Issuer]:
    """An issuer that answers until the block ends; `now` is what its clock says."""
    issuer = Issuer(now)
    issuer.released.set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.answer(self, b"")

        def do_POST(self) -> None:
            issuer.answer(self, self.rfile.read(int(self.headers.get("Content-Length", 0))))

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer.base = f"http://{host}:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield issuer
    finally:
        issuer.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
