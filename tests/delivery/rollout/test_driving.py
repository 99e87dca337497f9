"""How a rollout ends for whoever started it: exit codes, signals, refusals."""

import os
import signal
from collections.abc import Callable
from dataclasses import replace

import pytest

from propcast.backends.state import leases
from propcast.core.errors import InputError, StoreUnavailable
from propcast.delivery.judge.evidence import Verdict
from propcast.delivery.judge.replay import NAME as REPLAY
from propcast.delivery.rollout import driving, filing, known, ledger, prerequisites
from propcast.delivery.rollout.controller import RollbackFailed
from propcast.delivery.rollout.driving import Ended
from propcast.delivery.rollout.plan import Refused
from propcast.delivery.rollout.planning import Asked, Declared
from propcast.delivery.rollout.rehearsing import calls
from propcast.delivery.rollout.states import State
from propcast.delivery.rollout.stopping import Stops
from propcast.delivery.targets.port import Image
from tests.delivery.rollout.world import LAID, LOCAL, NEW, OLD, SERVICE, STABLE, TTL, World, always

ASKED = Asked(SERVICE, "ana", NEW.reference, stages=(0, 5, 100), monitoring_s=20.0)


def rolled(world: World, stops: Stops | None = None, asked: Asked = ASKED) -> Ended:
    stops, means = stops or Stops(), world.means()
    return driving.drive(means, driving.begin(means, asked, LOCAL, stops), stops)


@pytest.mark.parametrize(
    ("verdict", "code", "told"),
    [
        (Verdict.PASS, 0, "bbbbbbbbbbbb in local is promoted; prediction-worker-stable stays warm"),
        (Verdict.FAIL, 1, "all traffic of prediction-worker is on prediction-worker-stable again: stage 0 % failed"),
        (Verdict.INCONCLUSIVE, 3, "is paused: stage 0 % is not decided after window 3"),
    ],
)
def test_the_exit_code_says_how_it_ended(world: World, verdict: Verdict, code: int, told: str) -> None:
    world.judge = always(verdict)
    ended = rolled(world)
    assert ended.exit_code == code
    assert told in ended.sentence


def signalled(world: World, *numbers: int) -> tuple[Ended, Stops]:
    """Send signals to this process, in the first window with traffic, while a rollout takes them."""
    world.judge, stops, left = always(Verdict.PASS), Stops(), list(numbers)

    def send() -> None:
        while left and len(world.weights()) > 1:
            os.kill(os.getpid(), left.pop(0))

    world.during = send
    with stops.listening():
        return rolled(world, stops), stops


def test_ctrl_c_rolls_back_and_exits_with_130(world: World) -> None:
    ended, _ = signalled(world, signal.SIGINT)
    assert (ended.exit_code, ended.record.state, world.weights()) == (130, State.ABORTED, {STABLE: 100})
    assert ended.record.reason == "interrupted by Ctrl-C"


def test_a_second_ctrl_c_ends_at_once_and_says_how_to_go_on(world: World) -> None:
    ended, _ = signalled(world, signal.SIGINT, signal.SIGINT)
    number = ended.record.plan.id
    assert ended.exit_code == 130
    assert f"{ended.record.plan.canary.name} 5 %" in ended.sentence
    assert f"`propcast rollout {SERVICE} --environment local --resume {number}`" in ended.sentence
    assert f"`propcast rollback {SERVICE} --environment local`" in ended.sentence
    assert known.rollout(world.state, number).state is State.STAGE
    resumed = driving.resume(world.means("controller-2"), number, Stops())  # nobody waits for a lease to end
    assert driving.drive(world.means("controller-2"), resumed, Stops()).exit_code == 0


def test_sigterm_leaves_weights_and_marks_it_interrupted(world: World) -> None:
    ended, _ = signalled(world, signal.SIGTERM)
    assert ended.exit_code == 143
    assert len(world.weights()) == 3
    assert known.rollout(world.state, ended.record.plan.id).interrupted_at is not None
    lease = leases.newest_lease(world.state, filing.resource("local", SERVICE))
    assert lease is not None
    assert lease.expires_at == leases.RELEASED


def test_signals_are_what_they_were_once_it_has_ended(world: World) -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    signalled(world)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_a_controller_whose_lease_is_gone_is_refused(world: World) -> None:
    means, stops = world.means(), Stops()
    controller = driving.begin(means, ASKED, LOCAL, stops)
    world.clock.instant += TTL
    with pytest.raises(Refused, match="somebody else has this rollout in hand"):
        driving.drive(means, controller, stops)


def test_a_store_that_is_gone_leaves_things_as_they_are_and_says_so(world: World) -> None:
    def gone() -> None:
        raise StoreUnavailable("the disk is full")

    world.during = gone
    with pytest.raises(RollbackFailed, match=r"the disk is full.*--resume"):
        rolled(world)


def unknown(world: World) -> tuple[Asked, Declared]:
    return replace(ASKED, reference="dir:/releases/none"), LOCAL


def too_few(world: World) -> tuple[Asked, Declared]:
    return replace(ASKED, min_requests=49), LOCAL


def odd_stages(world: World) -> tuple[Asked, Declared]:
    return replace(ASKED, stages=(5, 100)), LOCAL


def shared(world: World) -> tuple[Asked, Declared]:
    world.memory._services[SERVICE].weights = {STABLE: 60, "other": 40}
    return ASKED, LOCAL


def dirty(world: World) -> tuple[Asked, Declared]:
    prerequisites.put_report(world.state, "local", {})
    return ASKED, Declared(replace(LAID, name="staging"), "m", "c" * 40 + "-dirty")


def unprepared(world: World) -> tuple[Asked, Declared]:
    return ASKED, Declared(replace(LAID, name="staging"), "m", "c" * 40)


def lacking(world: World) -> tuple[Asked, Declared]:
    prerequisites.put_report(world.state, "staging", {SERVICE: ["secret push-key@1 is not there"]})
    return unprepared(world)


def unstaged(world: World) -> tuple[Asked, Declared]:
    prerequisites.put_report(world.state, "staging", {})
    return unprepared(world)


def aged(world: World) -> tuple[Asked, Declared]:
    asked = unstaged(world)
    world.clock.instant += prerequisites.GOOD_FOR + TTL
    return asked


@pytest.mark.proves("D1", "D3")
@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (unknown, "there is no image"),
        (too_few, "49 requests per arm prove nothing"),
        (odd_stages, "must rise from 0 to 100"),
        (shared, "is shared"),
        (unprepared, "never looked at; run `propcast prerequisites --environment staging`"),
        (aged, "run `propcast prerequisites --environment staging`"),
        (lacking, "secret push-key@1 is not there"),
        (unstaged, "was not staged in staging; `propcast stage"),
    ],
)
def test_what_may_not_be_begun_is_refused_before_anything_is_done(
    world: World, ask: Callable[[World], tuple[Asked, Declared]], told: str
) -> None:
    asked, declared = ask(world)
    before = [revision.name for revision in world.target.revisions(SERVICE)], len(ledger.deployments(world.state))
    with pytest.raises(InputError, match=told) as refused:
        driving.begin(world.means(), asked, declared, Stops())
    assert refused.value.exit_code == 2
    assert known.under_way(world.state) == []
    assert ([each.name for each in world.target.revisions(SERVICE)], len(ledger.deployments(world.state))) == before


@pytest.mark.proves("D3")
def test_a_checkout_that_is_not_clean_is_refused(world: World) -> None:
    with pytest.raises(Refused, match="not clean"):
        driving.planned(world.means(), *dirty(world))


def test_the_coordinator_is_drained_and_switched() -> None:
    from propcast.delivery.rollout.plan import check

    check("drain-and-switch", (0, 100), 7.0)
    with pytest.raises(Refused, match="one batch is never planned by two versions"):
        check("drain-and-switch", (0, 5, 100), 7.0)


@pytest.mark.proves("C7")
@pytest.mark.parametrize("repeatable", [True, False])
def test_graded_slates_must_go_through_both_arms_whoever_begins_the_rollout(world: World, repeatable: bool) -> None:
    world.repeatable = repeatable
    plan = driving.planned(world.means(), Asked(SERVICE, "ana", NEW.reference), LOCAL)
    assert [REPLAY in plan.limits_at(stage).asked for stage in (0, 1, 3)] == [repeatable, False, False]


def test_a_rehearsal_names_every_call_and_changes_nothing(world: World) -> None:
    before = world.target.revisions(SERVICE), world.weights(), ledger.deployments(world.state)
    plan = driving.planned(world.means(), ASKED, LOCAL)
    told = list(calls(plan))
    assert told[0] == f"stage {plan.baseline.name} (tag baseline, {OLD.digest}) without traffic"
    assert told[1] == f"stage {plan.canary.name} (tag canary, {NEW.digest}) without traffic"
    shares = [line for line in told if line.startswith("set weights")]
    assert shares[0] == f"set weights: {plan.canary.name} 5 %, {plan.baseline.name} 5 %, {STABLE} 90 %"
    assert "140 synthetic requests to each arm, at least 400 answered" in told[4]
    assert (world.target.revisions(SERVICE), world.weights(), ledger.deployments(world.state)) == before
    assert known.under_way(world.state) == []


def test_the_first_release_of_a_service_is_compared_with_itself(world: World) -> None:
    world.memory._services.clear()
    first = world.memory
    from propcast.delivery.targets.port import Wanted

    first.stage(Wanted(SERVICE, "prediction-worker-staged", "staging", NEW), create=True)
    world.judge = always(Verdict.FAIL)
    ended = rolled(world)
    assert ended.record.plan.baseline.image == Image(NEW.reference, NEW.digest)
    assert (ended.exit_code, world.weights()) == (1, {f"{SERVICE}-placeholder": 100})
    world.judge = always(Verdict.PASS)
    world.clock.instant += TTL
    assert rolled(world).exit_code == 0
    assert [each.tag for each in world.target.revisions(SERVICE)] == ["", "canary"]  # nothing that was only staged
