"""A finished game day once more on request, for whoever compares two releases of a processor; nothing is written."""

import threading
from collections.abc import Callable

from fastapi import APIRouter, Request, Response

from propcast.apps.answers import REPLAY, OnePublication
from propcast.apps.resources import Resources
from propcast.backends.compose import Backends
from propcast.core.errors import ContractViolation
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.frames import pack
from propcast.pipeline.rerunning import Rows
from propcast.service.access import INTERNAL, OPERATOR, access
from propcast.service.kit import opened
from propcast.service.problems import Problem

ZIP = "application/zip"

Again = Callable[[Backends, Sport, GameDay, str], Rows]
"""Runs the steps of a processor for a game day, with one of its publications, and returns what they would write."""


def rerun(router: APIRouter, again: Again) -> None:
    """Add the route; one day at a time is run, messages come first."""
    turn = threading.Lock()

    @router.post(
        REPLAY,
        summary="A finished game day once more",
        response_class=Response,
        responses={200: {"description": "a Parquet file for each table", "content": {ZIP: {"schema": {
            "type": "string", "format": "binary"}}}}},
    )  # fmt: skip
    @access(OPERATOR | INTERNAL)
    def replay_day(request: Request, asked: OnePublication) -> Response:
        """Run the steps of a game day again and return the rows that they would write."""
        resources = opened(request, Resources)
        if not turn.acquire(blocking=False):
            raise Problem(429, "Another day is run again; ask again.", "overloaded", {"Retry-After": "1"})
        try:
            rows = again(resources.backends, asked.sport, asked.day, asked.publication)
        except ContractViolation as error:
            raise Problem(422, str(error)) from error
        finally:
            turn.release()
        return Response(pack(rows), media_type=ZIP)
