"""The scheduler's process: turns at planned instants, sweeps in between, and an end when it is told to stop."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from propcast.apps.day_scheduler import Days, Sweeps, keep
from propcast.backends.bus import tokens
from propcast.backends.compose import compose
from propcast.backends.secrets.port import Secret
from propcast.backends.settings import Settings
from propcast.backends.warehouse.port import Stamp
from propcast.core.clock import FixedClock
from propcast.core.errors import StoreUnavailable
from propcast.pipeline.scheduling import scheduler
from propcast.service.auth.push import LocalCaller, LocalVerifier
from propcast.tables.analytics import EVENTS
from tests.pipeline.scheduling.calendars import SMALL, events, utc

NOW = utc("2026-01-15T14:59")
KEYS = tokens.push_keys(Secret("k" * 48))
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


def swept(statuses: Sequence[int], times: int) -> tuple[str, list[str]]:
    """Sweep until a coordinator was asked so often; it answers as told, the last again and again.

    Returns its address and what it was asked.
    """
    return asyncio.run(_sweep(statuses, times))


async def _sweep(statuses: Sequence[int], times: int) -> tuple[str, list[str]]:
    asked, stop = list[str](), asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        status = statuses[min(len(asked), len(statuses)) - 1]
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()
        if len(asked) == times:
            stop.set()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server, asyncio.timeout(PATIENCE_S):
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        await Sweeps(url, LocalCaller(KEYS[0], FixedClock(NOW)).headers, 0.01).run(stop)
    return url, asked


def test_a_sweep_is_asked_for_with_a_credential_of_this_machine() -> None:
    url, asked = swept([200], times=2)
    assert asked[0].startswith("POST /check-stalled ")
    token = next(line for line in asked[0].splitlines() if line.lower().startswith("authorization:")).split()[-1]
    assert LocalVerifier(KEYS, url, FixedClock(NOW)).verify(token).email == "services@propcast.local"


def test_a_coordinator_that_does_not_answer_is_told_once_and_its_return_too() -> None:
    with capture_logs() as told:
        swept([503, 503, 503, 200], times=6)
    assert [(event["event"], event.get("reason")) for event in told] == [
        ("sweep_failed", "answered 503"), ("sweep_works_again", None),
    ]  # fmt: skip


def test_it_ends_when_it_is_told_to(tmp_path: Path) -> None:
    async def play() -> None:
        stop = asyncio.Event()
        environ = {"PROPCAST_HOME": str(tmp_path), "PROPCAST_SERVICE_URLS": "prediction-coordinator=http://127.0.0.1:9"}
        task = asyncio.create_task(keep(environ, stop))
        await asyncio.sleep(0)
        stop.set()
        async with asyncio.timeout(PATIENCE_S):
            await task

    with capture_logs():
        asyncio.run(play())
