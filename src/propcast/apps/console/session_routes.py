"""Signing in and out."""

from functools import partial
from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Form, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse, RedirectResponse, Response

from propcast.apps.console.answers import LED_ELSEWHERE
from propcast.apps.console.environment import SIGN_IN
from propcast.apps.console.pages import console_of, page, shell
from propcast.service.access import OPEN, VIEWER, access
from propcast.service.auth.signing_in import local_path
from propcast.service.facts import caller, facts_of
from propcast.service.problems import Problem

HOME = "/today"

router = APIRouter()


class Credentials(BaseModel):
    """What the form of the sign-in page sends."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: Annotated[str, Field(max_length=64)] = ""
    password: Annotated[str, Field(max_length=256)] = ""
    next: Annotated[str, Field(max_length=500)] = HOME


@router.get(SIGN_IN, response_class=HTMLResponse, responses=LED_ELSEWHERE)
@access(OPEN)
async def show(request: Request, next: Annotated[str, Query(max_length=500)] = HOME) -> Response:  # noqa: A002
    """Show the form; whoever has a session goes on at once. A panel that is refreshed asks for the whole page."""
    if "hx-request" in request.headers:
        return Response(headers={"hx-refresh": "true"})
    principal = caller(request)
    if principal is not None and principal.session:
        return RedirectResponse(local_path(next, HOME), 303)
    return _form(request, next)


@router.post(SIGN_IN, response_class=RedirectResponse, status_code=303)
@access(OPEN)
async def sign_in(request: Request, form: Annotated[Credentials, Form()]) -> Response:
    """Open a session and go on, or show the form again with what is wrong."""
    console = console_of(request)
    address = facts_of(request.scope).address
    try:
        work = partial(console.sign_in.sign_in, form.name, form.password, address)
        session = await anyio.to_thread.run_sync(work)
    except Problem as problem:
        trouble = problem.detail if problem.status != 401 else "Name or password is wrong."
        again = _form(request, form.next, problem.status, name=form.name, trouble=trouble)
        again.headers.update({k: v for k, v in problem.headers.items() if k.lower() == "retry-after"})
        return again
    answer = RedirectResponse(local_path(form.next, HOME), 303)
    console.sessions.cookie.put(answer, session)
    return answer


def _form(request: Request, onward: str, code: int = 200, *, name: str = "", trouble: str = "") -> HTMLResponse:
    oidc = console_of(request).oidc
    elsewhere = oidc.provider.host if oidc else ""
    around, onward = shell(request, "Sign in"), local_path(onward, HOME)
    return page("sign_in.html", around, code, next=onward, name=name, trouble=trouble, elsewhere=elsewhere)


@router.post("/sign-out", response_class=RedirectResponse, status_code=303)
@access(VIEWER)
async def sign_out(request: Request) -> Response:
    """End the session of this browser."""
    console, principal = console_of(request), caller(request)
    if principal is not None and principal.session:
        await anyio.to_thread.run_sync(console.sessions.end, principal.session)
    answer = RedirectResponse(SIGN_IN, 303)
    console.sessions.cookie.clear(answer)
    return answer
