"""A published slate computed again on request, for whoever compares two releases; nothing of it is written."""

from typing import Any

from fastapi import Request, Response

from propcast.apps.answers import OnePublication
from propcast.apps.workshop import Workshop
from propcast.core.errors import InputError
from propcast.pipeline.batch.replaying import replay
from propcast.pipeline.batch.warmth import Warm
from propcast.pipeline.frames import parquet
from propcast.service.access import INTERNAL, OPERATOR, access
from propcast.service.kit import opened
from propcast.service.problems import Problem

PARQUET = "application/vnd.apache.parquet"
ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"description": "PREDICTIONS rows", "content": {PARQUET: {"schema": {"type": "string", "format": "binary"}}}}
}


@access(OPERATOR | INTERNAL)
def replay_slate(request: Request, asked: OnePublication) -> Response:
    """Compute a published slate again from the inputs and models that it was computed from."""
    shop = opened(request, Workshop)
    if asked.sport is not shop.sport:
        raise InputError(f"a slate of {asked.sport} is not for the worker of {shop.sport}")
    place = shop.places.take()
    if place is None:
        raise Problem(429, "Every thread has a shard; ask again.", "overloaded", {"Retry-After": "1"})
    backends, warm = shop.resources.backends, Warm(models=shop.warm.models)  # its frames push out nobody else's
    rows = place.use(lambda: replay(backends, shop.sport, asked.day, asked.publication, warm))
    return Response(parquet(rows), media_type=PARQUET)
