"""The one place that lets requests in: nothing passes without a rule that allows it."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TypeVar
from urllib.parse import parse_qs, quote

import anyio
import anyio.to_thread
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from propcast.service.access import Access, Principal
from propcast.service.auth.guard import CSRF_FIELD, CSRF_HEADER, SAFE, Guard, foreign, shows_credential
from propcast.service.auth.refusal import Reason, Refused, forbidden, returned, unauthorised, unchecked
from propcast.service.facts import Facts, facts_of
from propcast.service.problems import Problem, busy

T = TypeVar("T")

_AT_ONCE = 16


class Gate:
    """Middleware: finds out who calls, asks the rule, counts, and checks that changes come from our own pages."""

    def __init__(self, app: ASGIApp, guard: Callable[[], Guard | None], check_s: float) -> None:
        """Take the guard from `guard`, which returns None while the environment is not open."""
        self._app, self._guard, self._check_s = app, guard, check_s
        self._threads = anyio.CapacityLimiter(_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request in, or raise the problem that it is; start and end of the app pass through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        facts, request = facts_of(scope), HTTPConnection(scope)
        rule = facts.place.rule if facts.place else Access()
        if rule.asks:
            try:
                facts.principal = await self._caller(facts, rule, request)
            except Problem as problem:
                if problem.status == 401 and self._sends_to_sign_in(request):
                    await self._to_sign_in(request)(scope, receive, send)
                    return
                raise
            receive = await self._own_page(facts, request, receive)
        if facts.place is not None and facts.place.own and self._guard() is None:
            raise busy(5, "This service is not ready; /ready says why.", "not_ready")
        await self._app(scope, receive, send)

    async def _caller(self, facts: Facts, rule: Access, request: HTTPConnection) -> Principal | None:
        guard = self._guard()
        if guard is None:
            _unopened(rule, request)
            return None
        facts.address = guard.proxies.client(request.client.host if request.client else "", request.headers)
        principal = await self._identified(guard, rule, request, facts)
        if not rule.allows(principal):
            raise unauthorised(Reason.NO_CREDENTIAL) if principal is None else forbidden(Reason.NOT_ALLOWED)
        return principal

    async def _identified(self, guard: Guard, rule: Access, request: HTTPConnection, facts: Facts) -> Principal | None:
        """Return who calls; on an open path a credential that is not good, or cannot be checked, counts as none."""
        try:
            if "authorization" in request.headers:
                by_token = partial(guard.identify, request)
                return by_token() if guard.verifies_instantly else await self._aside(by_token)
            if not shows_credential(request) and (not rule.counted or guard.admits_at_once(facts.address)):
                return None
            return await self._aside(partial(_asked, guard, request, facts))
        except Refused as refused:
            if rule.open:
                return None
            await self._aside(partial(guard.admit_address, facts.address))
            raise unauthorised(refused.reason) from refused
        except Problem as problem:
            if rule.open and problem.status == 503:
                return None
            raise

    async def _aside(self, work: Callable[[], T]) -> T:
        """Run what may touch a store in a thread, and no longer than a moment; if it fails, nobody is let in."""
        try:
            async with asyncio.timeout(self._check_s):
                return await anyio.to_thread.run_sync(work, abandon_on_cancel=True, limiter=self._threads)
        except (Refused, Problem):
            raise
        except Exception as error:  # the edge that fails closed, whatever the store raised
            raise unchecked() from error

    async def _own_page(self, facts: Facts, request: HTTPConnection, receive: Receive) -> Receive:
        """Refuse a change that another site's page sent with our cookie; return the way to read the body."""
        principal, method = facts.principal, request.scope["method"]
        from_browser = principal is None or principal.kind == "user"
        if method in SAFE or not from_browser:
            return receive
        if foreign(request):
            raise forbidden(Reason.FOREIGN_ORIGIN)
        guard = self._guard()
        if principal is None or guard is None or guard.sessions is None:
            return receive
        token, receive = await _csrf_token(request, receive)
        if not guard.sessions.is_csrf_token(principal.session, token):
            raise forbidden(Reason.CSRF)
        return receive

    def _sends_to_sign_in(self, request: HTTPConnection) -> bool:
        guard, method = self._guard(), request.scope["method"]
        wants_page = "text/html" in request.headers.get("accept", "")
        return bool(guard and guard.sign_in_path and method == "GET" and wants_page)

    def _to_sign_in(self, request: HTTPConnection) -> RedirectResponse:
        guard = self._guard()
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"{guard.sign_in_path if guard else '/'}?next={quote(wanted, safe='/')}", 303)


def _unopened(rule: Access, request: HTTPConnection) -> None:
    """Let anyone onto open paths while the environment is not there; no credential can be checked yet.

    A push goes back uncharged: no handler saw it, and a service that stays shut must not use up what waits for it.
    """
    if rule.open:
        return
    if not shows_credential(request):
        raise unauthorised(Reason.NO_CREDENTIAL)
    raise returned() if rule.push else unchecked()


def _asked(guard: Guard, request: HTTPConnection, facts: Facts) -> Principal | None:
    guard.admit_address(facts.address)
    principal = guard.identify(request)
    if principal is not None:
        guard.admit_person(principal)
    return principal


async def _csrf_token(request: HTTPConnection, receive: Receive) -> tuple[str, Receive]:
    """Return the token of a change, from its header or its form, and the way to read the body again."""
    if (told := request.headers.get(CSRF_HEADER)) is not None:
        return told, receive
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return "", receive
    messages, body = [], b""
    while True:
        message = await receive()
        messages.append(message)
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    fields = parse_qs(body.decode("latin-1"), max_num_fields=200)
    return fields.get(CSRF_FIELD, [""])[0], _again(messages, receive)


def _again(messages: list[Message], receive: Receive) -> Receive:
    waiting = iter(messages)

    async def read() -> Message:
        found = next(waiting, None)
        return found if found is not None else await receive()

    return read
