"""One prediction: the page and both data formats."""

from functools import partial
from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Path, Request
from starlette.responses import HTMLResponse, Response

from propcast.apps.console import answers
from propcast.apps.console.answers import CSV, LED_ELSEWHERE, PredictionAnswer
from propcast.apps.console.pages import console_of, page, shell
from propcast.apps.console.predictions import PredictionPage, rows
from propcast.core.errors import InputError
from propcast.pipeline.explaining import explain
from propcast.pipeline.plain import plain
from propcast.service.access import Access, access
from propcast.service.problems import Problem

Id = Annotated[str, Path(pattern=r"^[0-9a-fA-F]{4,64}$", description="Id of a prediction, or how it starts.")]


def router(rule: Access) -> APIRouter:
    """Return the routes of predictions under a rule."""
    routes = APIRouter(responses=LED_ELSEWHERE)

    @routes.get("/predictions/{prediction_id}.json", response_model=PredictionAnswer)
    @access(rule)
    async def as_json(request: Request, prediction_id: Id) -> Response:
        """Return everything behind one prediction, as `propcast explain --json` prints it."""
        found = await read(request, prediction_id)
        told = plain(found.found)
        parts = told if isinstance(told, dict) else {}
        return answers.as_json({"as_of": found.found.prediction["built_at"], **parts}, is_simulated=found.is_simulated)

    @routes.get("/predictions/{prediction_id}.csv", response_class=Response, responses=CSV)
    @access(rule)
    async def as_csv(request: Request, prediction_id: Id) -> Response:
        """Return everything behind one prediction as rows of part, name and value."""
        found = await read(request, prediction_id)
        return answers.as_csv(rows(found.found), f"prediction-{prediction_id}", is_simulated=found.is_simulated)

    @routes.get("/predictions/{prediction_id}", response_class=HTMLResponse)
    @access(rule)
    async def show(request: Request, prediction_id: Id) -> Response:
        """Show everything behind one prediction."""
        found = await read(request, prediction_id)
        name = found.found.prediction["player_name"]
        path = f"/predictions/{found.found.prediction['prediction_id']}"
        around = shell(request, name, "slate", path=path, is_simulated=found.is_simulated)
        return page("prediction.html", around, found=found)

    return routes


async def read(request: Request, prediction_id: str) -> PredictionPage:
    """Return a prediction of a current slate; the problem 404 when none or several are meant."""
    console = console_of(request)
    try:
        found = await anyio.to_thread.run_sync(partial(explain, console.reads, prediction_id))
    except InputError as error:
        raise Problem(404, str(error), "no_such_prediction") from error
    return PredictionPage(found)
