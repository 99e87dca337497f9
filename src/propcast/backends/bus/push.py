"""Pushes over HTTP: one POST of one envelope with a signed token."""

from typing import Self

import aiohttp

from propcast.backends.bus.answers import Answer, answer_of
from propcast.backends.bus.envelope import encode_text
from propcast.backends.bus.instants import instant
from propcast.backends.bus.port import Body, Subscription
from propcast.backends.bus.queue import Claim
from propcast.backends.bus.times import BusTimes
from propcast.backends.bus.tokens import PushKey, sign
from propcast.core.clock import Clock
from propcast.core.instants import text_of

_ERROR_BYTES = 1000
_KEPT_OPEN_S = 2.0
"""Shorter than the 5 s of uvicorn: a connection that the server is about to close is not used again."""


class Pusher:
    """Sends claims to the endpoints of their subscriptions and says what came of it; never raises for a bad answer."""

    def __init__(self, key: PushKey, prefix: str, clock: Clock, times: BusTimes) -> None:
        self._key = key
        self._prefix = prefix
        self._clock = clock
        self._times = times
        self._tokens: dict[str, tuple[float, str]] = {}

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEPT_OPEN_S),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def push(self, subscription: Subscription, claim: Claim) -> Answer:
        """Send one envelope and wait for the answer, the subscription's deadline at most."""
        try:
            return await self._post(subscription, self._body(claim))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            return Answer(None, f"not reached: {type(error).__name__}", connected=False)
        except TimeoutError:
            return Answer(None, f"no answer within {subscription.ack_deadline_s:g} s")
        except (aiohttp.ClientError, OSError) as error:
            return Answer(None, f"no answer: {type(error).__name__}")

    async def _post(self, subscription: Subscription, body: bytes) -> Answer:
        headers = {"Authorization": f"Bearer {self._token(subscription.audience)}", "Content-Type": "application/json"}
        limits = aiohttp.ClientTimeout(total=subscription.ack_deadline_s, sock_connect=self._times.connect_s)
        async with self._session.post(
            subscription.endpoint, data=body, headers=headers, timeout=limits, allow_redirects=False
        ) as response:
            # The rest of a long answer is dropped with its connection.
            text = await response.content.read(_ERROR_BYTES)
            return answer_of(response.status, text, response.headers.get("Retry-After"), self._clock.now())

    def _body(self, claim: Claim) -> bytes:
        message: Body = {
            "attributes": dict(claim.attributes),
            "messageId": f"{self._prefix}{claim.place.message}",
            "publishTime": text_of(instant(claim.published_at)),
        }
        return encode_text(claim.data, message, claim.place.subscription, 1 + claim.charged + claim.uncharged)

    def _token(self, audience: str) -> str:
        now = self._clock.now()
        signed_at, token = self._tokens.get(audience, (0.0, ""))
        if not 0 <= now.timestamp() - signed_at < self._times.token_reuse_s:
            token = sign(self._key, audience, now, life_s=self._times.token_s)
            self._tokens[audience] = (now.timestamp(), token)
        return token
