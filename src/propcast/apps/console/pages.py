"""How pages are drawn, and what every page shows around its content."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

import jinja2
from starlette.datastructures import QueryParams
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, Response
from starlette.types import Scope

from propcast.apps.console import wording
from propcast.apps.console.assets import ADDRESSES, PACKAGE, TYPES
from propcast.apps.console.environment import SIGN_IN, Console
from propcast.core.errors import PropCastError
from propcast.service.access import Principal
from propcast.service.facts import Facts, caller, facts_of
from propcast.service.kit import kit_of, opened
from propcast.service.problems import Problem

NAVIGATION = (("today", "Today", "/today"), ("slate", "Slate", "/slate"))

_TOLD = (
    wording.number, wording.line, wording.percent, wording.signed_percent, wording.signed, wording.american,
    wording.market, wording.book, wording.reason, wording.day, wording.short_day, wording.eastern, wording.utc,
    wording.clock, wording.iso, wording.ago, wording.span, wording.plural,
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
    templates.globals.update(assets=ADDRESSES, navigation=NAVIGATION, markets=wording.markets)
    return templates


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


def told(error: Exception, request: HTTPConnection) -> str:
    """Return what may be said of an error to this reader: only those who are signed in learn its sentence."""
    known = facts_of(request.scope).principal is not None
    return str(error) if known and isinstance(error, PropCastError) else "The log of this service has the details."


def _csrf(console: object, principal: Principal | None) -> str:
    if not isinstance(console, Console) or principal is None or not principal.session:
        return ""
    return console.sessions.csrf_token(principal.session)


def _query(params: QueryParams) -> str:
    return f"?{params}" if params else ""
