"""`propcast up` without what it prints: claims the home, keeps the processes running, and hands out what happens."""

import asyncio
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from propcast.core.clock import Clock, SystemClock
from propcast.core.errors import StoreUnavailable
from propcast.service.supervision import journal, leftovers
from propcast.service.supervision.child import Leash
from propcast.service.supervision.events import Event, Kind, Tell
from propcast.service.supervision.journal import Journal
from propcast.service.supervision.keeper import Surroundings
from propcast.service.supervision.logfile import LogFile
from propcast.service.supervision.place import Place
from propcast.service.supervision.ports import require_free
from propcast.service.supervision.program import Program
from propcast.service.supervision.record import Recorder
from propcast.service.supervision.supervisor import Stages, Supervisor
from propcast.service.supervision.times import Times


def nothing_to_prepare() -> None:
    """Prepare nothing."""


@dataclass(frozen=True)
class Undertaking:
    """What to run, and where.

    Attributes:
        prepare: done once the home is claimed, before the first process starts.
    """

    place: Place
    stages: Stages
    prepare: Callable[[], None] = nothing_to_prepare
    times: Times = field(default_factory=Times)
    clock: Clock = field(default_factory=SystemClock)

    @property
    def programs(self) -> list[Program]:
        """All programs, in the order of their start."""
        return [program for stage in self.stages for program in stage]


def run(undertaking: Undertaking, tell: Tell) -> list[str]:
    """Keep everything running until SIGINT, SIGTERM or SIGHUP, then end it; return the names that were given up.

    A second signal ends what is left at once. `AlreadyUp` when the home is taken, `PortTaken` when a port is,
    `StoreUnavailable` when a store of the home does not answer for longer than somebody may hold it.
    """
    place, clock = undertaking.place, undertaking.clock
    with place.claimed(), LogFile(place.logs / f"{journal.NAME}.log") as file:
        leftovers.end(leftovers.left_behind(place), undertaking.times.grace_s)
        require_free(undertaking.programs)
        recorder = Recorder(place.record_file, undertaking.programs, clock)
        listeners = Listeners([recorder.tell, Journal(file, clock).tell, tell])
        try:
            _prepare(undertaking, listeners.tell)
            asyncio.run(_until_signalled(undertaking, listeners))
        finally:
            recorder.erase()
    return listeners.given_up


class Listeners:
    """Hands every event to several; one whose reader has gone hears nothing more."""

    def __init__(self, tells: list[Tell]) -> None:
        self._tells = tells
        self.given_up: list[str] = []

    def tell(self, event: Event) -> None:
        """Hand it on."""
        if event.kind is Kind.GAVE_UP:
            self.given_up.append(event.process)
        for tell in list(self._tells):
            try:
                tell(event)
            except BrokenPipeError:
                self._tells.remove(tell)


def _prepare(undertaking: Undertaking, tell: Tell) -> None:
    """Prepare; while somebody else holds what is needed, say so once and try again for a while."""
    times, said = undertaking.times, False
    until = time.monotonic() + times.prepare_s
    while True:
        try:
            undertaking.prepare()
        except StoreUnavailable as error:
            if time.monotonic() >= until:
                raise
            if not said:
                tell(Event(Kind.HELD_UP, note=f"the start waits, {times.prepare_s:g} s at most: {error}"))
            said = True
            time.sleep(times.prepare_again_s)
        else:
            return


async def _until_signalled(undertaking: Undertaking, listeners: Listeners) -> None:
    stop, leash = asyncio.Event(), Leash()
    rng = random.Random()  # noqa: S311 - spreads restarts, protects nothing
    around = Surroundings(leash, undertaking.place.logs, listeners.tell, rng, undertaking.times)

    def told() -> None:
        if stop.is_set():
            around.hurry.set()
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, told)
    try:
        await Supervisor(undertaking.stages, around).run(stop)
    finally:
        leash.close()
