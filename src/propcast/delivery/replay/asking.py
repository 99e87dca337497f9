"""Asks a revision, at its own address, to compute again what it made of a slate."""

import io
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

import polars as pl

from propcast.backends.state.records import CurrentSlate
from propcast.core.errors import PropCastError
from propcast.service.asking import authorities
from propcast.tables.forecasts import PREDICTIONS

if TYPE_CHECKING:
    import httpx

PATH = "/replay"
SECONDS = 60.0
TRIES = 5

Tables = Mapping[str, pl.DataFrame]
"""Rows by what they are of: a table, or `step/table`."""


def forecasts(answer: bytes) -> Tables:
    """Return what a worker answers: the rows of one table."""
    return {PREDICTIONS.name: pl.read_parquet(io.BytesIO(answer))}


_CANNOT = (HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.INTERNAL_SERVER_ERROR)
"""Answers that say something about the revision: it was asked, it understood, and it does not compute this slate."""
_READ = 500
"""So much of an answer is told to people."""
_LATER = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


@contextmanager
def revised(url: str, headers: Callable[[], Mapping[str, str]]) -> Iterator["Revised"]:
    """Open the way to a revision at its own address; `headers` makes the credential of each request."""
    import httpx

    with httpx.Client(base_url=url, verify=authorities(), timeout=SECONDS, trust_env=False) as client:
        yield Revised(client, headers)


class Unanswered(PropCastError):
    """A revision could not be asked for a slate; nothing is known of what it would have said."""


class Incapable(PropCastError):
    """A revision was asked for a slate, and says that it cannot compute it: what stands in its answer."""


@dataclass(frozen=True)
class Revised:
    """A revision that answers over HTTP.

    Attributes:
        client: with the base address of the revision and a time-out; closed by whoever opened it.
        headers: makes the credential of each request.
        wait: sleeps.
        read: returns the rows of an answer.
    """

    client: "httpx.Client"
    headers: Callable[[], Mapping[str, str]]
    wait: Callable[[float], None] = time.sleep
    read: Callable[[bytes], Tables] = forecasts

    def baseline(self, slate: CurrentSlate) -> Tables:
        """Return the rows of a slate; a revision that cannot compute it is no measure of another: `Unanswered`."""
        return self._rows(slate, self._asked(slate))

    def canary(self, slate: CurrentSlate) -> Tables:
        """Return the rows of a slate; `Incapable` where the revision says that it cannot compute what another can."""
        answer = self._asked(slate)
        if answer.status_code in _CANNOT:
            raise Incapable(f"{answer.status_code} {answer.text[:_READ]}")
        return self._rows(slate, answer)

    def _rows(self, slate: CurrentSlate, answer: "httpx.Response") -> Tables:
        if answer.status_code != HTTPStatus.OK:
            raise Unanswered(f"{self._told(slate)} answered {answer.status_code}: {answer.text[:_READ]}")
        return self.read(answer.content)

    def _asked(self, slate: CurrentSlate) -> "httpx.Response":
        """Ask until there is an answer that is not to come back later."""
        import httpx

        body = {"sport": slate.sport.value, "game_day": str(slate.game_day), "publication": slate.tag}
        trouble = ""
        for attempt in range(TRIES):
            if attempt:
                self.wait(2.0 ** (attempt - 1))
            try:
                answer = self.client.post(PATH, json=body, headers=dict(self.headers()))
            except httpx.HTTPError as error:
                trouble = type(error).__name__
                continue
            if answer.status_code not in _LATER:
                return answer
            trouble = f"answered {answer.status_code}"
        raise Unanswered(f"{self._told(slate)} {trouble}, {TRIES} times")

    def _told(self, slate: CurrentSlate) -> str:
        return f"{self.client.base_url}, asked for {slate.sport} {slate.game_day} once more,"
