"""How revisions fare: falls are counted against who fell, what does not start is refused, and nothing depends on us."""

import http.client
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from propcast.delivery.targets.local.lives import Turn, is_alive
from propcast.delivery.targets.local.programs import revision_name
from propcast.delivery.targets.local.questions import NAME
from propcast.delivery.targets.port import TargetError, TargetRefused
from propcast.service.supervision.place import Place
from propcast.service.supervision.processes import ProcessId
from tests.delivery.targets.rig import SERVICE, LocalRig, got, share, two, wanted

PATIENCE_S = 30.0
TRIES = 10
LONG = timedelta(minutes=5)
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def process_of(local: LocalRig, revision: str) -> ProcessId:
    """The process of a revision, once one runs."""
    given_up_at = time.monotonic() + PATIENCE_S
    while time.monotonic() < given_up_at:
        record = Place(local.home, NAME).running()
        kept = {each.name: each.process for each in record.processes} if record else {}
        found = kept.get(revision_name(SERVICE, revision))
        if found is not None and found.is_alive:
            return found
        time.sleep(0.02)
    raise AssertionError(f"{revision} does not run")


def fell(local: LocalRig, revision: str) -> None:
    """Let a revision's process end by itself and return once it has."""
    process = process_of(local, revision)
    with suppress(OSError, http.client.HTTPException):
        got(local.at(revision), "/crash")
    assert process.wait(PATIENCE_S)


def test_who_steps_in_does_not_hide_who_has_fallen(local: LocalRig) -> None:
    """Whoever asks gets an answer, and the log counts the request against the one that could not give it."""
    two(local)
    share(local, one=50, two=50)
    for _ in range(TRIES):
        fell(local, "two")
        assert {local.get("/health")[0] for _ in range(12)} == {200}
        retried = [request for request in local.logged() if request.retried]
        if retried:
            break
    assert {(request.revision, request.code) for request in retried} == {("two", 200)}


def test_falls_are_counted_since_when_they_are_asked_for(local: LocalRig) -> None:
    two(local)
    began = local.now()
    fell(local, "one")
    process_of(local, "one").signal(signal.SIGKILL)
    given_up_at = time.monotonic() + PATIENCE_S
    while (seen := local.target.condition(SERVICE, "one", began)) is None or (seen.restarts, seen.ready) != (2, True):
        assert time.monotonic() < given_up_at, seen
        time.sleep(0.05)
    assert (seen.instances, seen.out_of_memory) == (1, 1)
    later = local.target.condition(SERVICE, "one", local.now())
    assert later is not None
    assert (later.restarts, later.out_of_memory) == (0, 0)
    other = local.target.condition(SERVICE, "two", began)
    assert other is not None
    assert other.restarts == 0


def test_a_process_that_was_started_anew_is_another_instance(local: LocalRig) -> None:
    two(local)
    local.target.condition(SERVICE, "one", local.now())
    got(local.at("one"), "/health")
    fell(local, "one")
    process_of(local, "one")
    given_up_at = time.monotonic() + PATIENCE_S
    while got(local.at("one"), "/health")[0] != 200:
        assert time.monotonic() < given_up_at
    answered = [request.instance for request in local.logged() if request.code == 200]
    assert answered[0] != answered[-1]


def test_a_revision_that_is_not_ready_is_told_so(local: LocalRig) -> None:
    local.target.stage(wanted(local, "idle", local.release("unready", character="unready")), create=True)
    seen = local.target.condition(SERVICE, "idle", local.now() - LONG)
    assert seen is not None
    assert (seen.instances, seen.ready, seen.restarts) == (1, False, 0)


def test_what_does_not_start_is_refused_with_what_it_said_and_leaves_nothing(local: LocalRig) -> None:
    two(local)
    share(local, one=100)
    with pytest.raises(TargetRefused, match="it is broken"):
        local.target.stage(wanted(local, "three", local.release("broken", character="broken")))
    assert "three" not in [each.name for each in local.target.revisions(SERVICE)]
    assert local.get("/health") == (200, "one")


def test_who_says_that_he_is_somebody_else_is_refused_and_leaves_nothing(local: LocalRig) -> None:
    two(local)
    with pytest.raises(TargetRefused, match="image_digest 'sha256:0' instead of"):
        local.target.stage(wanted(local, "three", local.release("impostor", character="impostor")))
    assert "three" not in [each.name for each in local.target.revisions(SERVICE)]


def test_everything_outlives_the_one_who_asked_for_it(fresh: LocalRig) -> None:
    """A rollout is killed in the middle of its work; what it has started goes on."""
    code = (
        "import os, sys; from pathlib import Path; from propcast.core.clock import SystemClock\n"
        "from propcast.delivery.targets.local.target import LocalTarget\n"
        "from propcast.delivery.targets.port import Wanted\n"
        "target = LocalTarget(Path(sys.argv[1]), SystemClock(), int(sys.argv[2]))\n"
        "target.stage(Wanted(sys.argv[3], 'one', 'one', target.resolve(sys.argv[4])), create=True)\n"
        "target.set_weights(sys.argv[3], {'one': 100}, etag=target.read_weights(sys.argv[3]).etag, token=1)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    words = [sys.executable, "-c", code, str(fresh.home), str(fresh.base_port), SERVICE, fresh.good]
    assert subprocess.run(words, check=False).returncode == -signal.SIGKILL  # noqa: S603 - ourselves
    assert fresh.get("/health") == (200, "one")


def test_an_agent_that_was_killed_goes_on_where_it_was(local: LocalRig) -> None:
    """Its processes end with it; whoever asks next starts another, and everything is as it was."""
    two(local)
    share(local, token=5, one=60, two=40)
    before = local.target.read_weights(SERVICE), local.target.revisions(SERVICE)
    record = Place(local.home, NAME).running()
    assert record is not None
    record.supervisor.signal(signal.SIGKILL)
    assert all(kept.process is None or kept.process.wait(PATIENCE_S) for kept in record.processes)
    assert record.supervisor.wait(PATIENCE_S)
    given_up_at = time.monotonic() + PATIENCE_S
    while what_is(local) != before:
        assert time.monotonic() < given_up_at
        time.sleep(0.1)
    assert {local.get("/health")[1] for _ in range(60)} == {"one", "two"}


def what_is(local: LocalRig) -> object:
    """Return traffic and revisions; None while the agent cannot say."""
    with suppress(TargetError):
        return local.target.read_weights(SERVICE), local.target.revisions(SERVICE)
    return None


def test_a_router_that_was_killed_comes_back_with_what_it_did(local: LocalRig) -> None:
    two(local)
    share(local, two=100)
    record = Place(local.home, NAME).running()
    assert record is not None
    router = next(kept.process for kept in record.processes if kept.name == f"router-{SERVICE}")
    assert router is not None
    router.signal(signal.SIGKILL)
    assert router.wait(PATIENCE_S)
    given_up_at = time.monotonic() + PATIENCE_S
    code, who = 0, ""
    while code != 200:
        assert time.monotonic() < given_up_at
        with suppress(OSError, http.client.HTTPException):
            code, who = local.get("/health")
    assert who == "two"
    assert local.target.read_weights(SERVICE).weights == {"two": 100}


def test_a_process_is_alive_from_its_beginning_to_its_end_whether_it_answers_or_not() -> None:
    began, ended = Turn(NOON, pid=7), Turn(NOON + timedelta(seconds=1))
    again = Turn(NOON + timedelta(seconds=2), pid=8)
    found = [is_alive(lives) for lives in ([], [began], [began, ended], [began, ended, again])]
    assert found == [False, True, False, True]
