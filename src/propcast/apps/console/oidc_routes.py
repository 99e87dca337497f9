"""Signing in at an issuer; these routes exist only where one is configured."""

from functools import partial
from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from propcast.apps.console.environment import OIDC_BACK, OIDC_BEGIN, Console
from propcast.apps.console.pages import console_of, page, shell
from propcast.apps.console.session_routes import HOME
from propcast.service.access import OPEN, access
from propcast.service.auth.oidc import Answer, OidcSignIn
from propcast.service.auth.signing_in import local_path
from propcast.service.declaration import Environ
from propcast.service.facts import facts_of
from propcast.service.problems import not_found

Told = Annotated[str, Query(max_length=4_000)]

router = APIRouter()


@router.get(OIDC_BEGIN, response_class=HTMLResponse, status_code=303)
@access(OPEN)
async def begin(request: Request, next: Annotated[str, Query(max_length=500)] = HOME) -> Response:  # noqa: A002
    """Send the browser to the issuer."""
    console = console_of(request)
    work = partial(_oidc(console).begin, local_path(next, HOME), facts_of(request.scope).address)
    attempt, going = await anyio.to_thread.run_sync(work)
    answer = RedirectResponse(going, 303)
    console.attempt_cookie.put(answer, attempt.browser)
    return answer


@router.get(OIDC_BACK, response_class=HTMLResponse)
@access(OPEN)
async def back(request: Request, state: Told = "", code: Told = "", error: Told = "", iss: Told = "") -> Response:
    """Open a session for who comes back signed in.

    The page that is sent goes on by itself: a browser keeps a strict cookie back from where another site has led it,
    and shows it where our own page leads.
    """
    console = console_of(request)
    browser = request.cookies.get(console.attempt_cookie.name, "")
    work = partial(_oidc(console).finish, Answer(state, code, error, iss), browser)
    session, onward = await anyio.to_thread.run_sync(work)
    answer = page("signed_in.html", shell(request, "Signed in"), onward=local_path(onward, HOME))
    console.attempt_cookie.clear(answer)
    console.sessions.cookie.put(answer, session)
    return answer


def routers(environ: Environ) -> tuple[APIRouter, ...]:
    """Return the routes where the variables name an issuer, none elsewhere."""
    return (router,) if environ.get("PROPCAST_OIDC_ISSUER") else ()


def _oidc(console: Console) -> OidcSignIn:
    if console.oidc is None:
        raise not_found()
    return console.oidc
