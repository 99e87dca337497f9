"""Asks services for their health, all at once, each answer read by the one reader and none waited for too long."""

import asyncio
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from propcast.core.errors import PropCastError
from propcast.service import catalogue
from propcast.service.health.body import HealthBody, Status
from propcast.service.health.checks import Observe, Observed
from propcast.service.health.reader import UnreadableBody, read
from propcast.service.variables import service_urls

if TYPE_CHECKING:
    import httpx

SHALLOW_S = 1.0
READY_S = 0.7
"""Limit of a question that is itself part of a `/ready`, whose checks have 0.8 s."""
DEEP_S = {"local": 6.0}
DEEP_CLOUD_S = 16.0

Headers = Callable[[str], Mapping[str, str]]
"""Returns the headers of a call to a service at an address."""


@dataclass(frozen=True)
class Question:
    """One path of one service, and how long its answer may take."""

    service: str
    address: str
    path: str
    seconds: float = SHALLOW_S

    @property
    def url(self) -> str:
        """Where it is asked."""
        return f"{self.address}{self.path}"


@dataclass(frozen=True)
class Answer:
    """What came back.

    Attributes:
        code: the HTTP status; None when nothing came.
        body: the health body, where the answer is one.
        trouble: why there is no body.
    """

    question: Question
    code: int | None = None
    body: HealthBody | None = None
    trouble: str = ""


def nobody(_: str) -> Mapping[str, str]:
    """Ask without a credential."""
    return {}


def addresses(environ: Mapping[str, str]) -> dict[str, str]:
    """Return where the six services are: as `PROPCAST_SERVICE_URLS` says, on this machine for those it leaves out."""
    local = {entry.name: entry.local_url for entry in catalogue.SERVICES}
    return {**local, **service_urls(environ.get("PROPCAST_SERVICE_URLS", ""))}


async def ask(questions: Sequence[Question], headers: Headers = nobody) -> list[Answer]:
    """Return one answer for each question, in order, in the time of the slowest limit."""
    import httpx  # only those who ask pay for it

    limits, trusted = httpx.Limits(max_connections=len(questions) or 1), authorities()
    async with httpx.AsyncClient(verify=trusted, limits=limits, timeout=None, trust_env=False) as client:  # noqa: S113 - see `_one`
        return list(await asyncio.gather(*(_one(client, question, headers) for question in questions)))


def get_ready() -> None:
    """Load what asking takes, so that the first question does not wait for it; it blocks."""
    authorities()


@cache
def authorities() -> ssl.SSLContext:
    """Return whom to trust over TLS, read once: reading the certificates takes longer than all of the questions."""
    import httpx

    return httpx.create_ssl_context(trust_env=False)


async def _one(client: "httpx.AsyncClient", question: Question, headers: Headers) -> Answer:
    """Ask within the limit as a whole; a client's own time-outs start again with each byte."""
    import httpx

    from propcast.service.telemetry.correlation import outgoing_headers

    try:
        async with asyncio.timeout(question.seconds):
            shown = await asyncio.to_thread(headers, question.address)  # the platform may have to be asked for them
            response = await client.get(question.url, headers={**outgoing_headers(), **shown})
    except TimeoutError:
        return Answer(question, trouble=f"no answer within {question.seconds:g} s")
    except PropCastError as error:
        return Answer(question, trouble=f"no credential to show: {error}")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Answer(question, trouble=f"not reached: {type(error).__name__}")
    try:
        body = read(response.status_code, response.headers.get("content-type", ""), response.content)
    except UnreadableBody as error:
        return Answer(question, response.status_code, trouble=str(error))
    return Answer(question, response.status_code, body, _stranger(question, body))


def not_ready(addresses: Mapping[str, str], headers: Headers = nobody, seconds: float = READY_S) -> Observe:
    """Return an observation of how many services do not say that they are ready; the names go into the sentence."""
    questions = [Question(name, address, "/ready", seconds) for name, address in addresses.items()]

    async def observe() -> Observed:
        answers = await ask(questions, headers)
        names = [a.question.service for a in answers if a.body is None or a.trouble or a.body.status is Status.FAIL]
        return Observed(len(names), sentence=f"not ready: {', '.join(names)}" if names else "")

    return observe


def _stranger(question: Question, body: HealthBody) -> str:
    same = body.service_id == question.service
    return "" if same else f"{body.service_id} answers at the address of {question.service}"
