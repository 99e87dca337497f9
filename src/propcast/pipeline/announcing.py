"""Telling the services that raw tables hold something new about a game day, and waiting for its slate."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from propcast.backends.compose import Backends
from propcast.backends.state.records import CurrentSlate, StepState
from propcast.core.errors import NotReady
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.batch.history import batches
from propcast.pipeline.batch.states import OPEN_STATES
from propcast.pipeline.messages import RawReady, Topic, Trigger, attributes_of, body_of
from propcast.pipeline.sports import plan_of

LOOK_EVERY_S = 0.2
_PLANNED = (StepState.DONE, StepState.DEGRADED, StepState.EMPTY_OK)


@dataclass(frozen=True)
class Announced:
    """What became of an announced day: its slate, or None when there is nobody to forecast."""

    sport: Sport
    game_day: GameDay
    slate: CurrentSlate | None
    seconds: float


def announce(backends: Backends, sport: Sport, day: GameDay) -> datetime:
    """Publish one `raw-ready` message, from which features, forecasts and grades follow; return when.

    A day that has passed is forecast as of each event's own moment, any other as of now: nobody knows later quotes.

    Raises:
        InputError: no bus was declared in this home; the services have never run.
    """
    at = backends.clock.now()
    plan = plan_of(sport)
    tables = tuple(table.name for table in plan.raw)
    as_of = None if day < GameDay.of_instant(at) else at
    message = RawReady(sport=sport, game_day=day.date, reason=Trigger.OPERATOR, as_of=as_of, tables=tables)
    backends.bus.publish(Topic.RAW_READY, [(body_of(message), attributes_of(message))])
    return at


def await_slate(
    backends: Backends, sport: Sport, day: GameDay, since: datetime, patience_s: float, tick: Callable[[], None]
) -> Announced:
    """Wait until the services have published the day, or found nobody to forecast.

    Raises:
        NotReady: they have not within `patience_s` seconds.
    """
    begun = time.monotonic()
    while (seconds := time.monotonic() - begun) < patience_s:
        if _is_done(backends, sport, day, since):
            return Announced(sport, day, backends.ledger.current(sport, day), seconds)
        tick()
        time.sleep(LOOK_EVERY_S)
    raise NotReady(
        f"{sport} {day} was not published within {patience_s:.0f} s; see `propcast status` and `propcast logs`"
    )


def _is_done(backends: Backends, sport: Sport, day: GameDay, since: datetime) -> bool:
    """Whether a batch was planned since and none of the day is still open; a plan that failed is tried again."""
    runs = backends.ledger.runs(sport, day, step=f"{sport}/plan", limit=5)
    planned = any(run.outcome in _PLANNED and run.opened_at >= since for run in runs)
    return planned and not any(batch.state in OPEN_STATES for batch in batches(backends, sport, day))
