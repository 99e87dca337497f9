"""Slate: the page and both data formats, filtered as the address says."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, Response

from propcast.apps.console import answers, slates
from propcast.apps.console.answers import CSV, LED_ELSEWHERE, SlateAnswer
from propcast.apps.console.pages import console_of, page, shell
from propcast.apps.console.panels import Panel, Panels
from propcast.apps.console.slate_query import SlateQuery
from propcast.apps.console.slates import SlatePage
from propcast.core.errors import InputError
from propcast.service.access import Access, access
from propcast.service.facts import caller
from propcast.service.kit import kit_of

QueryParams = Annotated[SlateQuery, Query()]


def router(rule: Access) -> APIRouter:
    """Return the routes of Slate under a rule."""
    routes = APIRouter(responses=LED_ELSEWHERE)

    @routes.get("/slate", response_class=HTMLResponse)
    @access(rule)
    async def show(request: Request, query: QueryParams) -> Response:
        """Show the published slate of a game day, one page of it."""
        panel = await read(request, query)
        found = panel.content
        simulated = found is not None and found.outlook.is_simulated
        around = shell(request, "Slate", "slate", path="/slate", is_simulated=simulated)
        return page("slate.html", around, 200 if found else 503, query=query, whole=panel)

    @routes.get("/slate.json", response_model=SlateAnswer)
    @access(rule)
    async def as_json(request: Request, query: QueryParams) -> Response:
        """Return every row of the slate that meets the filters, as `propcast slate --json` prints them."""
        found = answers.require_known(await read(request, query))
        slate = found.slate.content
        content = {
            "as_of": found.slate.as_of,
            "sport": found.sport,
            "game_day": found.game_day,
            "batch_id": slate.view.batch_id if slate else None,
            "state": found.slate.state,
            "sentence": found.slate.sentence or None,
            "rows": slate.view.rows if slate else None,
        }
        return answers.as_json(content, is_simulated=found.outlook.is_simulated)

    @routes.get("/slate.csv", response_class=Response, responses=CSV)
    @access(rule)
    async def as_csv(request: Request, query: QueryParams) -> Response:
        """Return every row of the slate that meets the filters, as `propcast slate --format csv` prints them."""
        found = answers.require_known(await read(request, query))
        rows = answers.require_known(found.slate).view.flat()
        name = f"slate-{found.sport}-{found.game_day}"
        return answers.as_csv(rows, name, is_simulated=found.outlook.is_simulated)

    return routes


async def read(request: Request, query: SlateQuery) -> Panel[SlatePage]:
    """Read the page; a filter that names nothing is the reader's mistake and no failure of ours."""
    console = console_of(request)
    panels = Panels(console.clock, kit_of(request).log, failing=console.failing, passing=(InputError,))
    return await panels.read(slates.NAME, partial(slates.read, console, query, is_known=caller(request) is not None))
