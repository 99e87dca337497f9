"""Short questions to an issuer of tokens: bounded in time and size, private, never redirected."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from propcast.core.errors import PropCastError
from propcast.service.asking import authorities

SECONDS = 1.5
"""Limit of one question as a whole: less than the gate waits to find out who calls."""
FORM_SECONDS = 5.0
"""The same of a form that a person waits for."""
LARGEST = 512_000

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Unreachable(PropCastError):
    """An issuer did not answer, or not with what it should; trying again later may help."""


@dataclass(frozen=True)
class Reply:
    """What came back."""

    code: int
    content: bytes

    @property
    def document(self) -> Mapping[str, object]:
        """The JSON object that it is; `Unreachable` when it is none."""
        try:
            found = json.loads(self.content)
        except (ValueError, RecursionError) as error:
            raise Unreachable("the answer is not JSON") from error
        if not isinstance(found, dict):
            raise Unreachable("the answer is not a JSON object")
        return found


def is_private(url: str) -> bool:
    """Tell whether nobody between can read or change what is sent to an address: TLS, or this very machine."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    )


def get(url: str, headers: Mapping[str, str] | None = None) -> Reply:
    """Return what is at an address; `Unreachable` unless all of it comes in time. It blocks."""
    return _ask("GET", url, headers or {}, None, SECONDS)


def post_form(url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Reply:
    """Send a form and return the answer; `Unreachable` unless all of it comes in time. It blocks."""
    return _ask("POST", url, headers, form, FORM_SECONDS)


def found_at(url: str) -> Mapping[str, object]:
    """Return the JSON object at an address that must be private; `Unreachable` for anything else."""
    if not is_private(url):
        raise Unreachable(f"{url} is not asked without TLS")
    reply = get(url)
    if reply.code != 200:
        raise Unreachable(f"{url} answers {reply.code}")
    return reply.document


def _ask(method: str, url: str, headers: Mapping[str, str], form: Mapping[str, str] | None, seconds: float) -> Reply:
    import httpx  # only those who ask pay for it

    trusted, content = authorities(), b""
    ends = time.monotonic() + seconds
    plain = {"Accept": "application/json", **headers, "Accept-Encoding": "identity"}
    try:
        with (
            httpx.Client(verify=trusted, timeout=seconds, trust_env=False) as client,
            client.stream(method, url, headers=plain, data=form) as answer,
        ):
            for chunk in answer.iter_raw():  # a time-out of the client starts again with each byte
                content += chunk
                if len(content) > LARGEST or time.monotonic() > ends:
                    raise Unreachable(f"{url} answers too slowly or too much")
            return Reply(answer.status_code, content)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unreachable(f"{url} is not reached: {type(error).__name__}") from error
