"""A published slate computed again on request, for whoever compares two releases; nothing of it is written."""

from typing import Annotated, Any

from fastapi import Request, Response
from pydantic import ConfigDict, Field

from propcast.apps.answers import OneDay
from propcast.apps.workshop import Workshop
from propcast.core.errors import InputError
from propcast.pipeline.batch.inputs import parquet
from propcast.pipeline.batch.replaying import replay
from propcast.pipeline.batch.warmth import Warm
from propcast.service.access import INTERNAL, OPERATOR, access
from propcast.service.kit import opened
from propcast.service.problems import Problem

PATH = "/replay"
PARQUET = "application/vnd.apache.parquet"
ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"description": "PREDICTIONS rows", "content": {PARQUET: {"schema": {"type": "string", "format": "binary"}}}}
}


class Rehearsed(OneDay):
    """Which slate: of a game day the current publication, or that of a tag."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"sport": "nba", "game_day": "2024-12-07"}]})

    publication: Annotated[str, Field(max_length=64, pattern=r"^\w*$")] = ""


@access(OPERATOR | INTERNAL)
def replay_slate(request: Request, asked: Rehearsed) -> Response:
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
