"""The route of a push: raw bytes in, so that nothing stands between a malformed envelope and its dead letter."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Generic

import anyio
import anyio.to_thread
from fastapi import APIRouter, Request
from starlette.responses import Response

from propcast.service.access import PUSH, Access, access
from propcast.service.declaration import E
from propcast.service.document import schema_of
from propcast.service.kit import kit_of, opened
from propcast.service.problems import Problem
from propcast.service.push.desk import Desk, Places
from propcast.service.push.envelope import Delivery, M
from propcast.service.push.handling import Handling
from propcast.service.push.outcome import Outcome, Result

_SOON_S = 1
_WORDS = {429: "Another holder works on it, or all places are taken.", 503: "It did not work now; deliver it again."}


class Pushes(Generic[E]):
    """The pushes of one service: its environment, its desk, and how many handlers run at once over all topics."""

    def __init__(self, environment: type[E], desk: Callable[[E], Desk], at_once: int = 8) -> None:
        self._environment, self._desk = environment, desk
        self._places = Places(at_once)

    def route(
        self,
        router: APIRouter,
        path: str,
        model: type[M],
        handle: Callable[[E, M, Delivery], Result],
        *,
        topic: str,
        rule: Access = PUSH,
    ) -> None:
        """Add the route of a topic: `handle(environment, message, delivery)` blocks and runs in a thread."""
        receive = access(rule)(self.receiver(model, handle, topic=topic))
        router.add_api_route(
            path,
            receive,
            methods=["POST"],
            name=f"push {topic}",
            status_code=204,
            response_class=Response,
            openapi_extra=described(model),
        )

    def receiver(
        self, model: type[M], handle: Callable[[E, M, Delivery], Result], *, topic: str
    ) -> Callable[[Request], Awaitable[Response]]:
        """Return the endpoint of a topic, for a path that takes something else too."""

        async def receive(request: Request) -> Response:
            raw = await request.body()
            place = self._places.take()
            if place is None:
                return _answer(Result(Outcome.OVERLOADED, "all places are taken", _SOON_S))
            work = partial(place.use, partial(self._take, request, raw, model, handle, topic))
            try:  # the places are the bound, so no limiter makes a handler wait
                result = await anyio.to_thread.run_sync(work, abandon_on_cancel=True, limiter=anyio.CapacityLimiter(1))
            finally:
                place.give_up()
            return _answer(result)

        receive.__doc__ = f"Take a push of `{topic}`."
        return receive

    def _take(
        self, request: Request, raw: bytes, model: type[M], handle: Callable[[E, M, Delivery], Result], topic: str
    ) -> Result:
        kit, environment = kit_of(request), opened(request, self._environment)
        work: Handling[M] = Handling(
            topic=topic,
            model=model,
            handle=partial(handle, environment),
            desk=self._desk(environment),
            log=kit.log,
            metrics=kit.metrics,
            tracing=kit.tracing,
            fences=kit.fences,
        )
        return work.take(raw)


def _answer(result: Result) -> Response:
    code = result.outcome.code
    if code == 204:
        return Response(status_code=204)
    wait = {"Retry-After": str(max(_SOON_S, round(result.retry_after_s or _SOON_S)))}
    raise Problem(code, _WORDS.get(code, ""), result.outcome, wait if code != 500 else {})


def described(model: type[M]) -> dict[str, Any]:
    """Return the OpenAPI of the envelope; what is in `data` is described beside it."""
    example = {"message": {"data": "eyJzY2hlbWFfdmVyc2lvbiI6IDF9", "messageId": "1", "attributes": {},
                           "publishTime": "2026-11-30T14:05:10Z"},
               "subscription": "projects/propcast/subscriptions/example", "deliveryAttempt": 1}  # fmt: skip
    content = {"schema": {"type": "object"}, "example": example}
    told = (
        "A push envelope; `message.data` is base64 of JSON as in `x-message`. Anything else is acknowledged as poison."
    )
    return {
        "requestBody": {"required": True, "description": told, "content": {"application/json": content}},
        "x-message": schema_of(model),
    }
