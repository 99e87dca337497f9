"""How pages are drawn, and what every page shows around its content."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import jinja2
from starlette.datastructures import QueryParams
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, Response
from starlette.types import Scope

from propcast.apps.console import services, wording
from propcast.apps.console.assets import ADDRESSES, PACKAGE, TYPES
from propcast.apps.console.environment import SIGN_IN, Console
from propcast.apps.console.headline import headline
from propcast.apps.console.slate_query import SlateQuery
from propcast.apps.console.slates import SlatePage
from propcast.pipeline.ages import AgeState
from propcast.pipeline.funnel import Funnel, GameFunnel
from propcast.pipeline.standing import STAGES, UNITS
from propcast.service import catalogue
from propcast.service.access import Principal
from propcast.service.facts import Facts, caller
from propcast.service.kit import kit_of, opened
from propcast.service.problems import Problem

MOST_GAMES = 40
"""Games of one day that a page shows; data formats have all of them."""

AGE_WORDS = {
    AgeState.FRESH: "fresh",
    AgeState.QUIET: "none expected",
    AgeState.PAST: "day is over",
    AgeState.WAITING: "to come",
    AgeState.STALE: "stale",
    AgeState.LATE: "late",
}

_DEFAULTS: Mapping[str, object] = {"page": 1, "lines": "modal"}

NAVIGATION = (("today", "Today", "/today"), ("slate", "Slate", "/slate"))

_TOLD = (
    wording.number, wording.line, wording.percent, wording.signed_percent, wording.signed, wording.american,
    wording.market, wording.book, wording.reason, wording.day, wording.short_day, wording.eastern, wording.utc,
    wording.clock, wording.clock_of, wording.iso, wording.sentence, wording.commands, wording.ago, wording.span,
    wording.plural,
)  # fmt: skip


def _templates() -> jinja2.Environment:
    templates = jinja2.Environment(
        loader=jinja2.PackageLoader(PACKAGE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    templates.filters.update({told.__name__: told for told in _TOLD})
    templates.globals.update(
        address=address,
        age_words=AGE_WORDS,
        assets=ADDRESSES,
        first_games=first_games,
        headline=headline,
        markets=wording.markets,
        navigation=NAVIGATION,
        service_note=services.note,
        service_name=lambda name: catalogue.service(name).shown_name,
        stage_names=STAGES,
        stage_units=UNITS,
    )
    return templates


def first_games(funnel: Funnel) -> list[GameFunnel]:
    """Return the games that a page shows; of very many those that need somebody, then the earliest."""
    if len(funnel.games) <= MOST_GAMES:
        return list(funnel.games)
    return sorted(funnel.games, key=lambda game: not game.worst.needs_somebody)[:MOST_GAMES]


def address(query: SlateQuery, found: SlatePage, changes: Mapping[str, object]) -> str:
    """Return the query of a slate page with some of its filters changed; another order or filter begins at page 1."""
    here = {**query.model_dump(), "sport": found.sport, "date": found.game_day}
    wanted = {**here, "page": 1, **changes}
    shown = {name: str(value) for name, value in wanted.items() if value not in (None, "", _DEFAULTS.get(name))}
    return urlencode({"sport": shown.pop("sport", str(found.sport)), **shown})


TEMPLATES = _templates()
FILES: tuple[tuple[str, str], ...] = (
    *((PACKAGE, f"templates/{name}") for name in TEMPLATES.list_templates()),
    *((PACKAGE, f"static/{name}") for name in TYPES),
)
"""Package data without which no page can be drawn."""


@dataclass(frozen=True)
class Shell:
    """What stands around the content of a page.

    Attributes:
        here: which entry of the navigation this is.
        user: who is signed in; empty for anyone.
        csrf: the token that a change must carry.
        json, csv: the addresses of this very page as data; empty where it has none.
    """

    title: str
    here: str
    now: datetime
    environment: str
    release: str
    user: str = ""
    role: str = ""
    csrf: str = ""
    json: str = ""
    csv: str = ""
    is_simulated: bool = False


def shell(request: HTTPConnection, title: str, here: str = "", *, path: str = "", is_simulated: bool = False) -> Shell:
    """Return what stands around a page; `path` is its own, where it can be had as data too."""
    kit, principal = kit_of(request), caller(request)
    console, query = kit.environment, _query(request.query_params)
    return Shell(
        title=title,
        here=here,
        now=console.clock.now() if isinstance(console, Console) else kit.conditions.clock.now(),
        environment=kit.identity.environment,
        release=kit.identity.release,
        user=principal.name if principal else "",
        role=str(principal.role or principal.kind) if principal else "",
        csrf=_csrf(console, principal),
        json=f"{path}.json{query}" if path else "",
        csv=f"{path}.csv{query}" if path else "",
        is_simulated=is_simulated,
    )


def page(template: str, around: Shell, code: int = 200, **content: Any) -> HTMLResponse:
    """Draw a page."""
    return HTMLResponse(draw(template, around, **content), code)


def draw(template: str, around: Shell, **content: Any) -> str:
    """Return a page, or a part of one, as text."""
    return TEMPLATES.get_template(template).render(shell=around, now=around.now, **content)


def console_of(request: HTTPConnection) -> Console:
    """Return the open console for a handler."""
    return opened(request, Console)


def wants_page(scope: Scope) -> bool:
    """Tell whether a browser asks; programs ask for JSON, or for nothing in particular."""
    headers: Mapping[bytes, bytes] = dict(scope["headers"])
    return b"text/html" in headers.get(b"accept", b"")


def render_problem(scope: Scope, problem: Problem, facts: Facts) -> Response | None:
    """Show a problem as a page to whoever asked for a page."""
    if not wants_page(scope):
        return None
    request = HTTPConnection(scope)
    around = shell(request, HTTPStatus(problem.status).phrase)
    answer = page("problem.html", around, problem.status, problem=problem, id=facts.id, sign_in=SIGN_IN)
    answer.headers.update(problem.headers)
    return answer


def _csrf(console: object, principal: Principal | None) -> str:
    if not isinstance(console, Console) or principal is None or not principal.session:
        return ""
    return console.sessions.csrf_token(principal.session)


def _query(params: QueryParams) -> str:
    return f"?{params}" if params else ""
