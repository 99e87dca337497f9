"""The real prediction-worker as a release: sound ones take over unnoticed, bad ones show what they are."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from propcast.delivery.manifest.reading import lay, read
from propcast.delivery.targets.local.planting import plant
from propcast.delivery.targets.local.release import Release
from propcast.delivery.targets.port import Request, Revision, Wanted
from tests.delivery.targets.load import Load, answered, load, until
from tests.delivery.targets.local.conftest import ROOT
from tests.delivery.targets.rig import SERVICE, LocalRig, share

ENOUGH = 400


@pytest.fixture
def worker(local: LocalRig, packed: Release) -> LocalRig:
    """The worker of this checkout with all traffic, as revision `sound`."""
    staged(local, "sound", packed, create=True)
    share(local, sound=100)
    return local


def staged(local: LocalRig, name: str, release: Release, *, create: bool = False) -> Revision:
    environ = lay(read(ROOT / "deploy" / "propcast.toml"), "local").environ(SERVICE)
    return local.target.stage(Wanted(SERVICE, name, name, release.image, environ), create=create)


@contextmanager
def half(local: LocalRig, name: str) -> Iterator[Load]:
    """Let people ask while a revision has half of the traffic."""
    share(local, **{"sound": 50, name: 50})
    with load(local.port) as people:
        yield people
    share(local, sound=100)


def of(local: LocalRig, name: str) -> list[Request]:
    return [request for request in local.logged() if request.revision == name]


def test_a_new_revision_takes_over_without_a_failed_request(worker: LocalRig, packed: Release) -> None:
    fresh = staged(worker, "fresh", packed)
    assert (fresh.digest, len(fresh.config_hash)) == (packed.digest, 12)
    with load(worker.port) as people:
        for shares in ({"sound": 95, "fresh": 5}, {"sound": 50, "fresh": 50}, {"fresh": 100}):
            share(worker, **shares)
            answered(people, 60)
        worker.target.retire(SERVICE, "sound")
        answered(people, 60)
    assert people.failed == []
    assert set(people.answered) == {"sound", "fresh"}


def test_errors_are_logged_against_who_makes_them(worker: LocalRig, packed: Release, tmp_path: Path) -> None:
    staged(worker, "errors", plant(packed, "errors", tmp_path / "bad"))
    with half(worker, "errors") as people:
        answered(people, ENOUGH)
    wrong = Counter(request.revision for request in worker.logged() if request.code >= 500)
    assert set(wrong) == {"errors"}
    assert wrong["errors"] <= 0.2 * len(of(worker, "errors"))


def test_a_crash_loop_is_counted_and_felt_by_nobody_for_long(worker: LocalRig, packed: Release, tmp_path: Path) -> None:
    began = worker.now()
    staged(worker, "crashes", plant(packed, "crashes", tmp_path / "bad"))

    def fell_twice() -> bool:
        seen = worker.target.condition(SERVICE, "crashes", began)
        return seen is not None and seen.restarts >= 2

    with half(worker, "crashes"):
        until(fell_twice)
    assert any(request.retried for request in of(worker, "crashes"))
    assert not any(request.retried or request.code >= 500 for request in of(worker, "sound"))
