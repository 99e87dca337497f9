"""What an answer to a push means, and how long to wait after it."""

import math
import random
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http import HTTPStatus

_ERROR_LENGTH = 300


class Verdict(StrEnum):
    """What becomes of a delivery."""

    ACKNOWLEDGED = "acknowledged"
    CHARGED = "charged"
    UNCHARGED = "uncharged"
    NOT_REACHED = "not_reached"
    """The service is down, or refuses the credential: the handler never saw the message."""


@dataclass(frozen=True)
class Answer:
    """How a push ended.

    Attributes:
        status: the HTTP status; None when no answer came.
        error: one line about what went wrong; empty after an acknowledgement.
        retry_after_s: how long the service asked to wait.
        connected: False when the service could not be reached at all.
    """

    status: int | None
    error: str = ""
    retry_after_s: float = 0.0
    connected: bool = True

    @property
    def verdict(self) -> Verdict:
        """What the answer means.

        A connection that broke, and an answer that did not come in time, are charged: the handler may have worked on
        the message, and one that always kills its service must end as a dead letter.
        """
        if self.status is None:
            return Verdict.CHARGED if self.connected else Verdict.NOT_REACHED
        if HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES:
            return Verdict.ACKNOWLEDGED
        if self.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            return Verdict.NOT_REACHED
        return Verdict.UNCHARGED if self.status == HTTPStatus.TOO_MANY_REQUESTS else Verdict.CHARGED


def answer_of(status: int, body: bytes, retry_after: str | None, now: datetime) -> Answer:
    """Read an HTTP answer; its body is kept, short, only as the error it describes."""
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Answer(status)
    text = " ".join(body.decode(errors="replace").split())
    return Answer(status, f"{status} {text}".strip()[:_ERROR_LENGTH], wait_asked(retry_after, now))


def wait_asked(retry_after: str | None, now: datetime) -> float:
    """Return the seconds that a `Retry-After` asks for, as a number or a date; 0 when it can't be read."""
    if retry_after is None:
        return 0.0
    try:
        seconds = float(retry_after)
    except ValueError:
        seconds = _seconds_to(retry_after, now)
    return seconds if seconds > 0 and math.isfinite(seconds) else 0.0


def _seconds_to(date: str, now: datetime) -> float:
    try:
        return (parsedate_to_datetime(date) - now).total_seconds()
    except (ValueError, TypeError):
        return 0.0


def full_jitter(rng: random.Random, tries: int, min_s: float, max_s: float) -> float:
    """Return a wait between 0 and `min_s` doubled for every try before, `max_s` at most.

    Source: "Exponential backoff and jitter", AWS Architecture Blog, 2015: it spreads retries best.
    """
    doublings = min(tries, 62)
    return rng.uniform(0.0, min(max_s, min_s * 2.0**doublings))
