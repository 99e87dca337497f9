"""Asks a revision, at its own address, to compute a slate again."""

import io
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

import polars as pl

from propcast.backends.state.records import CurrentSlate
from propcast.core.errors import PropCastError
from propcast.tables.forecasts import PREDICTIONS

if TYPE_CHECKING:
    import httpx

PATH = "/replay"
SECONDS = 60.0
TRIES = 5

_CANNOT = (HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.INTERNAL_SERVER_ERROR)
"""Answers that say something about the revision: it was asked, it understood, and it does not compute this slate."""
_LATER = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


class Unanswered(PropCastError):
    """A revision could not be asked for a slate; nothing is known of what it would have said."""


@dataclass(frozen=True)
class Revised:
    """A revision that answers over HTTP.

    Attributes:
        client: with the base address of the revision and a time-out; closed by whoever opened it.
        headers: makes the credential of each request.
        wait: sleeps.
    """

    client: "httpx.Client"
    headers: Callable[[], Mapping[str, str]]
    wait: Callable[[float], None] = time.sleep

    def baseline(self, slate: CurrentSlate) -> pl.DataFrame:
        """Return the rows of a slate; a revision that cannot compute it is no measure of another: `Unanswered`."""
        return self._rows(slate, self._asked(slate))

    def canary(self, slate: CurrentSlate) -> pl.DataFrame:
        """Return the rows of a slate; none where the revision says that it cannot compute what another can."""
        answer = self._asked(slate)
        if answer.status_code in _CANNOT:
            return PREDICTIONS.empty().drop("batch_id")
        return self._rows(slate, answer)

    def _rows(self, slate: CurrentSlate, answer: "httpx.Response") -> pl.DataFrame:
        if answer.status_code != HTTPStatus.OK:
            raise Unanswered(f"{self._told(slate)} answered {answer.status_code}: {answer.text[:200]}")
        return pl.read_parquet(io.BytesIO(answer.content))

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
        return f"{self.client.base_url}{PATH.lstrip('/')}, asked for {slate.sport} {slate.game_day},"
