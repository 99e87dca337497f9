"""The bus of one machine as a process: pushes messages to the services until it is told to stop."""

import os
import random

import structlog
import uvloop

from propcast.backends.bus.answers import Verdict
from propcast.backends.bus.delivery import Delivered, Delivery
from propcast.backends.bus.times import BusTimes
from propcast.backends.compose import secrets_of
from propcast.backends.settings import Settings, load_settings
from propcast.backends.world_clock import clock_of
from propcast.core.clock import Clock
from propcast.service.auth.credentials import machine_keys
from propcast.service.identity import environment_of
from propcast.service.supervision.working import until_told, write_events

NAME = "bus"
_log = structlog.get_logger(__name__)


def delivery_of(settings: Settings, clock: Clock, rng: random.Random) -> Delivery:
    """Return the delivery loop of a home."""
    home = settings.home.expanduser().absolute()
    key = machine_keys(secrets_of(settings, os.environ), environment_of(os.environ))[0]
    return Delivery(home / "bus.sqlite", key, clock, rng, BusTimes().scaled(settings.time_divisor), tell)


def tell(delivered: Delivered) -> None:
    """Write down how a push ended; an acknowledged one is no news."""
    told = {"subscription": delivered.subscription, "message_id": delivered.message_id}
    duration_ms = round(1000 * delivered.seconds, 1)
    if delivered.answer.verdict is Verdict.ACKNOWLEDGED:
        _log.debug("push_acknowledged", **told, duration_ms=duration_ms)
    else:
        _log.info("push_returned", **told, duration_ms=duration_ms, reason=delivered.answer.error)


def main() -> None:
    """Deliver the messages of the home that the environment names."""
    settings = load_settings()
    clock = clock_of(settings)
    write_events(NAME, clock, settings.log_level)
    delivery = delivery_of(settings, clock, random.Random())  # noqa: S311 - spreads retries, protects nothing
    _log.info("delivery_started")
    uvloop.run(until_told(delivery.run))
    _log.info("delivery_stopped")


if __name__ == "__main__":
    main()
