"""The outermost ring of a service: ids, metrics, the log, security headers, and a problem for every error."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from fastapi.exceptions import RequestValidationError
from opentelemetry import trace
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from propcast.core.errors import PropCastError
from propcast.service import problems
from propcast.service.facts import Facts, attach
from propcast.service.identity import REVISION_HEADER, Identity
from propcast.service.problems import Problem
from propcast.service.routes import Table
from propcast.service.telemetry import correlation, declared
from propcast.service.telemetry.logs import Log
from propcast.service.telemetry.metrics import Metrics
from propcast.service.telemetry.traces import Tracing

_CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS: Mapping[str, str] = {
    "content-security-policy": _CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
ONLY_TLS = "max-age=31536000; includeSubDomains"


Render = Callable[[Scope, Problem, Facts], Response | None]
"""Shows a problem to whoever asked in his own way; None leaves it a problem detail."""


def as_problem_detail(scope: Scope, problem: Problem, facts: Facts) -> None:
    """Leave every problem a problem detail."""


@dataclass(frozen=True)
class Telling:
    """What the edge tells, and to whom."""

    identity: Identity
    log: Log
    metrics: Metrics
    tracing: Tracing
    render: Render = as_problem_detail


@dataclass
class _Sent:
    """What has gone out so far."""

    code: int = 0
    headers: dict[str, str] = field(default_factory=dict)


class Edge:
    """Middleware: every request gets an id and an answer; what went wrong inside stays inside."""

    def __init__(self, app: ASGIApp, table: Table, telling: Telling) -> None:
        self._app, self._table, self._telling = app, table, telling
        local = telling.identity.environment == "local"
        named = {REVISION_HEADER: telling.identity.revision}
        headers = {**SECURITY_HEADERS, **named, **({} if local else {"strict-transport-security": ONLY_TLS})}
        self._headers = [(name.encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        tell, facts, sent = self._telling, Facts(), _Sent()
        attach(scope, facts)
        origin = correlation.origin(Headers(scope=scope))
        started = time.perf_counter()
        with (
            correlation.about(correlation_id=origin.correlation_id),
            tell.tracing.span(scope["method"], origin) as span,
        ):
            facts.id = _request_id(span)
            tell.metrics.change(declared.INFLIGHT, 1, service=tell.identity.service)
            try:
                await self._passed_on(scope, receive, self._dressed(send, sent, origin.correlation_id), facts, sent)
            finally:
                tell.metrics.change(declared.INFLIGHT, -1, service=tell.identity.service)
                span.update_name(f"{scope['method']} {facts.route}")
                self._tell(scope["method"], facts, sent, time.perf_counter() - started)

    async def _passed_on(self, scope: Scope, receive: Receive, send: Send, facts: Facts, sent: _Sent) -> None:
        try:
            facts.place = self._table.find(scope["method"], scope["path"])
            await self._app(scope, receive, send)
        except Exception as error:
            problem = self._problem(error, facts)
            if sent.code:
                raise  # half an answer is out; the server cuts the connection
            await self._shown(scope, problem, facts)(scope, receive, send)

    def _shown(self, scope: Scope, problem: Problem, facts: Facts) -> Response:
        try:
            page = self._telling.render(scope, problem, facts)
        except Exception:  # whatever keeps a page from being drawn, the problem is still told
            self._telling.log.exception("problem_unrendered", reason=facts.route)
            page = None
        return page or problem.response(facts.id)

    def _problem(self, error: Exception, facts: Facts) -> Problem:
        problem = facts.breach or _as_problem(error, trusted=facts.principal is not None)
        log = self._telling.log
        if problem.status in (401, 403):
            log.warning("request_refused", outcome=str(problem.status), reason=f"{problem.reason} {facts.route}")
        cause = error.__cause__ if isinstance(error, Problem) else error
        if problem.status >= 500 and cause is not None:
            log.error("request_failed", outcome=str(problem.status), reason=facts.route, error=cause)
        return problem

    def _dressed(self, send: Send, sent: _Sent, correlation_id: str) -> Send:
        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent.code = message["status"]
                headers = MutableHeaders(scope=message)
                given = {name for name, _ in headers.raw}
                headers.raw.extend(header for header in self._headers if header[0] not in given)
                headers[correlation.HEADER] = correlation_id
            await send(message)

        return dressed

    def _tell(self, method: str, facts: Facts, sent: _Sent, seconds: float) -> None:
        tell, who = self._telling, self._telling.identity
        code = str(sent.code or 500)
        tell.metrics.count(
            declared.HTTP_REQUESTS, service=who.service, revision=who.revision, route=facts.route, code=code
        )
        tell.metrics.observe(declared.HTTP_SECONDS, seconds, service=who.service, route=facts.route)
        if facts.place is not None and facts.place.own:
            milliseconds = round(seconds * 1000, 2)
            tell.log.info("request_handled", outcome=code, reason=f"{method} {facts.route}", duration_ms=milliseconds)


def _request_id(span: trace.Span) -> str:
    context = span.get_span_context()
    return f"{context.trace_id:032x}-{context.span_id:016x}"


def _as_problem(error: Exception, *, trusted: bool) -> Problem:
    match error:
        case Problem():
            return error
        case RequestValidationError():
            return problems.from_validation(error.errors())
        case HTTPException():
            detail = error.detail if isinstance(error.detail, str) else ""
            return Problem(error.status_code, detail, headers=error.headers or {})
        case PropCastError():
            return problems.from_error(error, trusted=trusted)
        case _:
            return problems.internal()
