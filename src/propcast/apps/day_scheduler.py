"""The scheduler of the day as a process: asks for what the timetable says."""

import asyncio
import os
from collections import Counter
from collections.abc import Mapping
from datetime import datetime

import structlog

from propcast.backends.compose import Backends, compose
from propcast.backends.settings import load_settings
from propcast.backends.world_clock import clock_of
from propcast.core.errors import PropCastError
from propcast.core.sport import Sport
from propcast.pipeline.scheduling import record
from propcast.pipeline.scheduling.scheduler import Turn, turn
from propcast.pipeline.scheduling.timetable import Timetable, timetable
from propcast.service.supervision.working import until_told, write_events

NAME = "scheduler"
LOOK_EVERY_S = 15.0
"""The calendar may change at any time: no look at it is further away than this."""

_log = structlog.get_logger(__name__)


class Days:
    """Takes one turn after the other; a turn that fails is told and taken again at the next look."""

    def __init__(self, backends: Backends, times: Timetable, look_every_s: float) -> None:
        self._backends, self._times, self._look_every_s = backends, times, look_every_s
        self._told: dict[Sport, str] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Take turns until told to stop."""
        while not stop.is_set():
            next_at = await asyncio.to_thread(self.turn)
            await _wait(stop, self._pause_s(next_at))

    def turn(self) -> datetime | None:
        """Take one turn and return the next planned instant; services send the outbox that it leaves messages in."""
        try:
            done = turn(self._backends, self._times)
        except PropCastError as error:
            _log.warning("turn_failed", reason=f"{type(error).__name__}: {error}")
            return None
        self._tell(done)
        return done.next_at

    def _tell(self, done: Turn) -> None:
        for plan in done.plans:
            sport, sentence = plan.outlook.sport, f"{plan.outlook.game_day}: {plan.sentence}"
            if self._told.get(sport) != sentence:
                self._told[sport] = sentence
                _log.info("day_planned", sport=sport.value, reason=sentence)
        for moment in done.published:
            _log.info("moment_published", sport=moment.sport.value, game_day=str(moment.day), moment=moment.name,
                      as_of=moment.at.isoformat())  # fmt: skip
        skipped = Counter((moment.sport, moment.day, why) for moment, why in done.skipped)
        for (sport, day, why), moments in skipped.items():
            _log.info("moments_skipped", sport=sport.value, game_day=str(day), moments=moments, reason=why)

    def _pause_s(self, next_at: datetime | None) -> float:
        if next_at is None:
            return self._look_every_s
        ahead = (next_at - self._backends.clock.now()).total_seconds()
        return min(self._look_every_s, max(0.0, ahead))


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return


async def keep(environ: Mapping[str, str], stop: asyncio.Event) -> None:
    """Schedule the days of the home that the variables name, until told to stop."""
    settings = load_settings(environ=environ)
    backends = compose(settings, environ=environ)
    record.forget(backends.state)
    await Days(backends, timetable(), LOOK_EVERY_S / settings.time_divisor).run(stop)


def main() -> None:
    """Schedule until SIGTERM or SIGINT."""
    settings = load_settings()
    write_events(NAME, clock_of(settings), settings.log_level)
    asyncio.run(until_told(lambda stop: keep(os.environ, stop)))


if __name__ == "__main__":
    main()
