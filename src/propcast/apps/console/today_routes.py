"""Today: the page, its panels one by one, and both data formats."""

import asyncio
from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from propcast.apps.console import answers, today
from propcast.apps.console.answers import CSV, LED_ELSEWHERE, TodayAnswer
from propcast.apps.console.environment import Console
from propcast.apps.console.pages import console_of, draw, page, shell
from propcast.apps.console.panels import Panel, Panels, forbidden
from propcast.apps.console.services import LONGEST_S, PATIENCE_S
from propcast.apps.console.today import Today
from propcast.apps.console.today_rows import rows_of
from propcast.core.gameday import GameDay
from propcast.pipeline.messages import Day
from propcast.service.access import Access, access
from propcast.service.facts import caller
from propcast.service.kit import kit_of
from propcast.service.smoke import Matrix

READ = ["GET", "HEAD"]

PanelName = Literal["day", "needs", "games", "ages", "services"]
DateParam = Annotated[Day | None, Query(description="Game day (US Eastern); today unless told.")]


def router(rule: Access) -> APIRouter:
    """Return the routes of Today under a rule."""
    routes = APIRouter(responses=LED_ELSEWHERE)

    @routes.api_route("/", methods=READ, include_in_schema=False)
    @access(rule)
    async def front() -> Response:
        """Lead to Today."""
        return RedirectResponse("/today", 303)

    @routes.api_route("/today", methods=["GET"], response_class=HTMLResponse)
    @access(rule)
    async def show(request: Request, date: DateParam = None) -> Response:
        """Show what kind of day it is, what needs somebody, and how far everything got."""
        found = await read_today(request, date)
        around = shell(request, "Today", "today", path="/today", is_simulated=found.is_simulated)
        return page("today.html", around, today=found)

    @routes.api_route("/today/panels/{name}", methods=["GET"], response_class=HTMLResponse)
    @access(rule)
    async def show_panel(request: Request, name: PanelName, date: DateParam = None) -> Response:
        """Show one panel of Today, to be put in place of the one that is there."""
        found = await read_today(request, date, LONGEST_S)
        return HTMLResponse(draw("panel.html", shell(request, "Today", "today"), today=found, name=name))

    @routes.api_route("/today.json", methods=["GET"], response_model=TodayAnswer)
    @access(rule)
    async def as_json(request: Request, date: DateParam = None) -> Response:
        """Return Today as data."""
        found = await read_today(request, date, LONGEST_S)
        return answers.as_json(plain_today(found), is_simulated=found.is_simulated)

    @routes.api_route("/today.csv", methods=["GET"], response_class=Response, responses=CSV)
    @access(rule)
    async def as_csv(request: Request, date: DateParam = None, panel: PanelName = "games") -> Response:
        """Return one panel of Today as rows."""
        found = await read_today(request, date, LONGEST_S)
        answers.require_known(found.panels()[panel])
        return answers.as_csv(rows_of(found, panel), f"{panel}-{found.game_day}", is_simulated=found.is_simulated)

    return routes


async def read_today(request: Request, date: Day | None, patience_s: float = PATIENCE_S) -> Today:
    """Read all panels at once; what needs somebody follows from what they show.

    Readers whom nobody knows learn nothing of services and failures.
    """
    console, kit = console_of(request), kit_of(request)
    now = console.clock.now()
    today_is = GameDay.of_instant(now)
    day = GameDay(date) if date else today_is
    panels = Panels(console.clock, kit.log, failing=console.failing)
    is_known = caller(request) is not None
    reads = console.reads
    outlooks, games, ages, matrix = await asyncio.gather(
        panels.read(today.DAY, partial(today.read_day, reads, day)),
        panels.read(today.GAMES, partial(today.read_games, console, day)),
        panels.read(today.AGES, partial(today.read_ages, reads, day)),
        _services(console, panels, patience_s, is_known=is_known),
    )
    needs: Panel[today.Needs] = (
        await panels.read(today.NEEDS, partial(today.read_needs, reads, games, matrix))
        if is_known
        else forbidden(today.NEEDS, "what needs somebody")
    )
    return Today(day, day == today_is, now, outlooks, needs, games, ages, matrix)


async def _services(console: Console, panels: Panels, patience_s: float, *, is_known: bool) -> Panel[Matrix]:
    if not is_known:
        return forbidden(today.SERVICES, "the services")
    return await panels.wait(today.SERVICES, partial(console.services.panel, patience_s))


def plain_today(found: Today) -> dict[str, object]:
    """Return the page as JSON has it."""
    panels = {name: panel.plain() for name, panel in found.panels().items()}
    panels["services"]["data"] = found.services.content.plain() if found.services.content else None
    return {"as_of": found.as_of, "game_day": found.game_day, "panels": panels}
