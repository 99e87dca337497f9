"""Watches both arms for one window: sends each its synthetic load, asks each whether it is ready, and counts."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import aiohttp

from propcast.delivery.rollout.load import Call, Load, Pace, pace_of
from propcast.delivery.rollout.means import Beat
from propcast.delivery.rollout.record import Watched
from propcast.delivery.targets.port import Revision
from propcast.service.asking import Headers, Question, ask
from propcast.service.expectations import Expectations
from propcast.service.verdict import judge

READY = "/ready"
READY_EVERY_S = 5.0
BEAT_EVERY_S = 0.5


@dataclass(frozen=True)
class Looking:
    """How arms are watched.

    Attributes:
        headers: the credential for an address.
        expectations: failures that are declared; such a `/ready` counts as well.
        calls: what the synthetic load asks of a service.
        pace: makes the pace of a window; real time unless given.
    """

    headers: Headers
    expectations: Expectations
    calls: Callable[[str], Sequence[Call]]
    pace: Callable[[asyncio.AbstractEventLoop], Pace] = pace_of

    def watch(self, canary: Revision, baseline: Revision, seconds: float, rate: float, beat: Beat) -> Watched:
        """Return what was seen in a window of so many seconds; what `beat` raises ends it at once."""
        return asyncio.run(self._watch((canary, baseline), seconds, rate, beat))

    async def _watch(self, arms: Sequence[Revision], seconds: float, rate: float, beat: Beat) -> Watched:
        pace = self.pace(asyncio.get_running_loop())
        loads = [Load(arm.url, self.calls(arm.service), self.headers(arm.url)) for arm in arms]
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
            looking = asyncio.create_task(self._ready(arms, seconds, pace))
            others = [_beat(beat, seconds, pace), *(load.run(session, rate, seconds, pace) for load in loads if rate)]
            await _until_done([looking, *(asyncio.create_task(each) for each in others)])
        return replace(
            looking.result(), sent=sum(each.sent for each in loads), answered=sum(each.answered for each in loads)
        )

    async def _ready(self, arms: Sequence[Revision], seconds: float, pace: Pace) -> Watched:
        seen = Watched()
        for number in range(max(1, int(seconds // READY_EVERY_S))):
            await pace(number * READY_EVERY_S)
            answers = await ask([Question(arm.service, arm.url, READY) for arm in arms], self.headers)
            well = [not judge(a.question.service, [a], self.expectations).overall.undeclared for a in answers]
            seen = seen + Watched((well[0],), (well[1],))
        return seen


async def _beat(beat: Beat, seconds: float, pace: Pace) -> None:
    """Beat until the window is over."""
    for number in range(int(seconds / BEAT_EVERY_S) + 1):
        await pace(number * BEAT_EVERY_S)
        await asyncio.to_thread(beat)
    await pace(seconds)


async def _until_done(tasks: Sequence["asyncio.Task[Watched] | asyncio.Task[None]"]) -> None:
    """Return when all have ended; what the first of them raises is raised at once, and ends the others."""
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
