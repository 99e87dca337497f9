"""The scheduler's process: turns at planned instants, and an end when it is told to stop."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from propcast.apps.day_scheduler import Days, keep
from propcast.backends.compose import compose
from propcast.backends.settings import Settings
from propcast.backends.warehouse.port import Stamp
from propcast.core.clock import FixedClock
from propcast.core.errors import StoreUnavailable
from propcast.pipeline.scheduling import scheduler
from propcast.tables.analytics import EVENTS
from tests.pipeline.scheduling.calendars import SMALL, events, utc

NOW = utc("2026-01-15T14:59")
PATIENCE_S = 10.0


def days(home: Path, clock: FixedClock, look_every_s: float = 60.0) -> Days:
    backends = compose(Settings(home=home), clock)
    backends.warehouse.write(EVENTS, events([("2026-01-15", "2026-01-16T00:10")]), Stamp("tests", NOW))
    return Days(backends, SMALL, look_every_s)


def test_the_next_turn_is_at_the_next_planned_instant_and_not_before(tmp_path: Path) -> None:
    found = days(tmp_path, FixedClock(NOW))
    assert found.turn() == NOW + timedelta(minutes=1)
    assert found._pause_s(NOW + timedelta(minutes=1)) == 60.0
    assert found._pause_s(NOW + timedelta(seconds=7)) == 7.0
    assert found._pause_s(NOW - timedelta(seconds=7)) == 0.0
    assert found._pause_s(None) == 60.0


def test_what_a_turn_did_is_told_once(tmp_path: Path) -> None:
    found = days(tmp_path, FixedClock(NOW))
    with capture_logs() as told:
        found.turn()
        found.turn()
    assert [event["event"] for event in told] == ["day_planned", "moment_published", "moments_skipped"]
    assert told[0]["reason"] == "2026-01-15: 1 game, 3 moments"


def test_a_turn_that_fails_is_told_and_the_next_one_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = days(tmp_path, FixedClock(NOW))
    with monkeypatch.context() as broken, capture_logs() as told:
        broken.setattr(scheduler, "read_events", fail)
        assert found.turn() is None
    assert [event["event"] for event in told] == ["turn_failed"]
    assert found.turn() is not None


def fail(_: object) -> None:
    raise StoreUnavailable("the disk is gone")


def test_it_ends_when_it_is_told_to(tmp_path: Path) -> None:
    async def play() -> None:
        stop = asyncio.Event()
        task = asyncio.create_task(keep({"PROPCAST_HOME": str(tmp_path)}, stop))
        await asyncio.sleep(0)
        stop.set()
        async with asyncio.timeout(PATIENCE_S):
            await task

    with capture_logs():
        asyncio.run(play())
