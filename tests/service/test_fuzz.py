"""Generated requests against the document of a toy service: no 5xx, nothing outside the document, nothing let in."""

from dataclasses import replace
from typing import Annotated, Any, cast

import pytest
import schemathesis
from fastapi import APIRouter, Path, Query
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydantic import Field, StrictInt
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.python import asgi
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import negative_data_rejection

from propcast.service.access import OPEN, access
from propcast.service.app import create_app
from propcast.service.input import Input
from propcast.service.push import Desk, Outcome, Pushes, Result, Strikes
from tests.service.push.bench import TOPIC, Shard
from tests.service.toys import Toy, conditions, kit_of, push_token, toy_service

CASES = 60


class WhatIf(Input):
    """A body with every sort of field."""

    participant: str
    lines: list[Annotated[float, Field(strict=True)]]
    notes: dict[str, StrictInt | None] = Field(default_factory=dict)


def router() -> APIRouter:
    found = APIRouter()
    pushes = Pushes(Toy, lambda toy: Desk(lambda _: None, Strikes(toy.store, toy.clock)))
    pushes.route(found, "/predict", Shard, lambda *_: Result(Outcome.DONE), topic=TOPIC)

    @found.post("/what-if/{day}")
    @access(OPEN)
    def what_if(body: WhatIf, day: int = Path(ge=1, le=366), limit: int = Query(10, ge=1, le=100)) -> dict[str, int]:
        return {"lines": len(body.lines), "day": day, "limit": limit}

    return found


TOY = Toy()
APP = create_app(
    replace(
        toy_service(TOY),
        routers=(router(),),
        guard=lambda toy: replace(toy.guard(), limiter=None),
    ),
    conditions(),
)
SCHEMA = schemathesis.openapi.from_dict(APP.openapi())
SCHEMA.app = APP
OPERATIONS = [result.ok() for result in SCHEMA.get_all_operations() if isinstance(result, Ok)]


@pytest.fixture(scope="module", autouse=True)
def opened() -> None:
    """The generator starts the app and does not wait for its environment; until that is open, 503 is right."""
    with asgi.get_client(cast("Any", APP)) as client:
        while kit_of(APP).environment is None:
            client.get("/health")


@pytest.mark.proves("S2", "S4")
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize("credential", ["good", "none"])
def test_generated_requests_find_no_way_out_of_the_document(
    operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode, credential: str
) -> None:
    headers = push_token() if credential == "good" else {}
    # A push that is malformed is acknowledged, and recorded as poison: the bus must not send it again.
    excluded: list[Any] = [negative_data_rejection] if operation.path == "/predict" else []

    @given(st.data())
    @settings(max_examples=CASES, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    def ask(data: st.DataObject) -> None:
        case = data.draw(operation.as_strategy(generation_mode=mode))
        case.call_and_validate(headers=headers, excluded_checks=excluded)

    ask()
