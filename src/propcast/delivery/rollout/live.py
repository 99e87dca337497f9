"""Asks the live address of a service which revision answers there."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from propcast.service.asking import Headers, Question, ask

PATH = "/health"


@dataclass(frozen=True)
class Live:
    """Where services are asked, and with which credential."""

    url: Callable[[str], str]
    headers: Headers

    def revision(self, service: str) -> str | None:
        """Return the revision that one live request came to; None where the answer is none of that service."""
        (answer,) = asyncio.run(ask([Question(service, self.url(service), PATH)], self.headers))
        return None if answer.body is None or answer.trouble else answer.body.revision
