"""A lease is renewed beside the work, and the work stops before its next effect once that fails."""

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from propcast.backends.state import leases
from propcast.backends.state.leases import Fenced, Lease
from propcast.backends.state.port import Transaction
from propcast.backends.state.sqlite import SqliteState
from propcast.core.clock import FixedClock
from propcast.core.errors import StoreUnavailable
from propcast.pipeline.batch.heartbeat import Heartbeat
from tests.pipeline.conftest import NOW

T = TypeVar("T")
TTL = timedelta(milliseconds=30)
LONG = 10.0


class WatchedState(SqliteState):
    """A store that tells when something was tried, and may refuse."""

    def __init__(self, path: Path, clock: FixedClock) -> None:
        super().__init__(path, clock)
        self.tried = threading.Event()
        self.refuses = False

    def transact(self, work: Callable[[Transaction], T]) -> T:
        try:
            if self.refuses:
                raise StoreUnavailable("gone")
            return super().transact(work)
        finally:
            self.tried.set()


class Scene:
    def __init__(self, folder: Path) -> None:
        self.clock = FixedClock(NOW)
        self.state = WatchedState(folder / "state.sqlite", self.clock)
        lease = leases.acquire(self.state, "work", "me", TTL)
        assert lease is not None
        self.lease: Lease = lease

    def after_a_beat(self) -> None:
        self.state.tried.clear()
        assert self.state.tried.wait(LONG)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def ended(heartbeat: Heartbeat) -> None:
    """Wait for the thread to have given up."""
    heartbeat._thread.join(LONG)


def test_a_lease_lives_as_long_as_the_work(scene: Scene) -> None:
    with Heartbeat(scene.state, scene.lease, TTL) as heartbeat:
        for _ in range(3):
            scene.clock.instant += TTL / 2
            scene.after_a_beat()
        heartbeat.require()
    newest = leases.newest_lease(scene.state, "work")
    assert newest is not None
    assert newest.expires_at > scene.lease.expires_at


@pytest.mark.proves("B4", "L26")
def test_work_stops_when_somebody_else_has_the_lease(scene: Scene) -> None:
    scene.clock.instant += TTL * 2
    assert leases.acquire(scene.state, "work", "another", TTL) is not None
    with Heartbeat(scene.state, scene.lease, TTL) as heartbeat:
        ended(heartbeat)
        with pytest.raises(Fenced, match="'another' holds token 2"):
            heartbeat.require()


def test_work_stops_when_the_store_does_not_answer(scene: Scene) -> None:
    scene.state.refuses = True
    with Heartbeat(scene.state, scene.lease, TTL) as heartbeat:
        ended(heartbeat)
        with pytest.raises(Fenced, match="StoreUnavailable"):
            heartbeat.require()


def test_work_that_takes_too_long_is_not_renewed(scene: Scene) -> None:
    with Heartbeat(scene.state, scene.lease, TTL, until=NOW) as heartbeat:
        ended(heartbeat)
        with pytest.raises(Fenced, match="longer than it may"):
            heartbeat.require()
