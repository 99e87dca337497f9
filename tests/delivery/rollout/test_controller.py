"""The controller: what each kind of release comes to, what cannot be judged, and who may move traffic."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from propcast.backends.state import leases
from propcast.backends.state.leases import Fenced
from propcast.core.errors import StoreConflict
from propcast.delivery.judge.evidence import Verdict
from propcast.delivery.rollout import filing, known, ledger, pins
from propcast.delivery.rollout.controller import Controller, RollbackFailed
from propcast.delivery.rollout.means import Means
from propcast.delivery.rollout.plan import Refused
from propcast.delivery.rollout.record import Record
from propcast.delivery.rollout.states import State
from propcast.delivery.rollout.stopping import order_back
from propcast.delivery.targets.port import Condition, TargetUnavailable, TrafficMoved
from tests.delivery.rollout.world import NEW, OLD, SERVICE, STABLE, TTL, Behaviour, World, always, verdicts


def test_a_good_release_gets_all_of_the_traffic_stage_by_stage(world: World) -> None:
    record = world.roll()
    canary, baseline = record.plan.canary.name, record.plan.baseline.name
    assert record.state is State.PROMOTED
    assert verdicts(record) == [(0, 1, "pass"), (5, 1, "pass"), (50, 1, "pass"), (100, 1, "pass")]
    assert world.weights() == {canary: 100}
    left = [revision.name for revision in world.target.revisions(SERVICE)]
    assert left == [STABLE, canary]
    assert world.highest[baseline] == 50
    assert pins.pins(world.state, "local") == []


def test_both_arms_have_the_same_share_and_the_baseline_runs_what_is_stable(world: World) -> None:
    plan = world.plan()
    canary, baseline = plan.canary.name, plan.baseline.name
    assert plan.weights(0) == {STABLE: 100}
    assert plan.weights(1) == {canary: 5, baseline: 5, STABLE: 90}
    assert plan.weights(2) == {canary: 50, baseline: 50}
    assert plan.weights(3) == {canary: 100}
    assert (plan.canary.image, plan.baseline.image) == (NEW, OLD)


def crashing(world: World) -> None:
    fallen = Condition(instances=1, ready=True, restarts=3, out_of_memory=0, seen_at=world.clock.now())
    _everything_fares(world, fallen)


def out_of_memory(world: World) -> None:
    _everything_fares(world, Condition(1, ready=True, restarts=0, out_of_memory=1, seen_at=world.clock.now()))


def _everything_fares(world: World, condition: Condition) -> None:
    plan = world.plan()
    world.memory.conditions[plan.canary.name] = condition


def not_ready(world: World) -> None:
    world.canary = Behaviour(ready=False)


def failing(world: World) -> None:
    world.canary = Behaviour(error_every=10)


def unfit(world: World) -> None:
    world.unfit = ("it says that its service is mlb-prediction-worker",)


def test_a_canary_that_still_opens_its_stores_is_looked_at_again(world: World) -> None:
    world.unfit, world.fit_after = ("/health/deep answered 401",), 2
    assert world.roll().state is State.PROMOTED


@pytest.mark.proves("C6", "C2", "H11")
@pytest.mark.parametrize("spoil", [crashing, out_of_memory, not_ready, failing, unfit])
def test_a_bad_release_is_back_within_its_first_window_and_had_no_traffic(
    world: World, spoil: Callable[[World], None]
) -> None:
    spoil(world)
    record = world.roll()
    assert record.state is State.ABORTED
    assert len(record.windows) <= 1
    assert world.weights() == {STABLE: 100}
    assert world.highest.get(record.plan.canary.name, 0) == 0
    assert [revision.name for revision in world.target.revisions(SERVICE)] == [STABLE]
    (pin,) = pins.pins(world.state, "local")
    assert (pin.revision, pin.owner, pin.reason) == (STABLE, "ana", record.reason)


@pytest.mark.proves("C2", "C8")
def test_a_release_that_fails_under_traffic_never_had_more_than_its_share(world: World) -> None:
    world.during = lambda: _spoil_once_there_is_traffic(world)
    record = world.roll()
    assert verdicts(record) == [(0, 1, "pass"), (5, 1, "fail")]
    assert world.highest[record.plan.canary.name] == 5
    assert [world.live(SERVICE) for _ in range(1000)] == [STABLE] * 1000


def _spoil_once_there_is_traffic(world: World) -> None:
    if len(world.weights()) > 1:
        world.canary = Behaviour(error_every=5)


@pytest.mark.proves("C10")
def test_a_second_rollout_is_refused_whatever_became_of_the_first(world: World) -> None:
    record, _ = world.begin()
    with pytest.raises(Refused, match=f"{record.plan.id} of {SERVICE} in local is not over"):
        world.begin()
    world.clock.instant += 10 * TTL
    with pytest.raises(Refused, match="--resume"):
        world.begin()


@pytest.mark.proves("C10")
def test_a_controller_that_lost_its_lease_moves_nothing_and_records_nothing(world: World) -> None:
    record, lease = world.begin()
    world.clock.instant += TTL
    going, _ = filing.take_up(world.state, record.plan.id, "controller-2")
    before = world.weights()
    with pytest.raises(Fenced):
        Controller(world.means(), record, lease).run()
    assert (world.weights(), known.rollout(world.state, record.plan.id)) == (before, going)
    with pytest.raises(TrafficMoved):
        _move(world, lease.token, going.token)


def _move(world: World, old: int, new: int) -> None:
    """The newer holder moves traffic; then the older one tries to."""
    for token in (new, old):
        etag = world.target.read_weights(SERVICE).etag
        world.target.set_weights(SERVICE, {STABLE: 100}, etag=etag, token=token)


def test_traffic_that_somebody_moves_by_hand_ends_the_rollout(world: World) -> None:
    def meddle() -> None:
        if len(shares := world.memory._services[SERVICE].weights) == 3:
            shares.update(dict.fromkeys(shares, 0) | {STABLE: 60, record.plan.canary.name: 40})

    record, lease = world.begin(stages=(0, 5, 100))
    world.during = meddle
    told = Controller(world.means(), record, lease).run()
    assert (told.state, world.weights()) == (State.ABORTED, {STABLE: 100})
    assert "moved by somebody else" in told.reason


def test_traffic_that_was_moved_by_hand_is_not_moved_again(world: World) -> None:
    def meddle(record: Record) -> None:
        if record.position == "stage 5 % intent":
            world.memory._services[SERVICE].weights = {STABLE: 60, record.plan.baseline.name: 40}

    world.judge = always(Verdict.PASS)
    record = Controller(replace(world.means(), tell=meddle), *world.begin()).run()
    assert (record.state, world.highest) == (State.ABORTED, {STABLE: 100})
    assert "neither prediction-worker-stable 100 % as before nor" in record.reason


def test_a_change_is_made_from_the_record_as_it_stands(world: World) -> None:
    record, lease = world.begin()
    filing.advance(world.state, lease, record, record.at_stage(0), TTL)
    with pytest.raises(StoreConflict, match="is at change 2, not 1"):
        filing.advance(world.state, lease, record, record.backwards("too late"), TTL)


def test_an_operator_turns_it_back_without_a_hold_of_its_process(world: World) -> None:
    record, lease = world.begin()
    world.during = lambda: order_back(world.state, record.plan.id, "ben")
    told = Controller(world.means(), record, lease).run()
    assert (told.state, told.reason) == (State.ABORTED, "ben asked for it")


def test_a_paused_rollout_goes_on_with_as_many_windows_more(world: World) -> None:
    world.judge = always(Verdict.INCONCLUSIVE)
    paused = world.roll(max_windows=2)
    again = Controller(world.means(), *filing.take_up(world.state, paused.plan.id, "controller-2", TTL)).run()
    assert verdicts(again) == [(0, number, "inconclusive") for number in (1, 2, 3, 4)]
    world.judge = always(Verdict.PASS)
    done = Controller(world.means(), *filing.take_up(world.state, paused.plan.id, "controller-3", TTL)).run()
    assert done.state is State.PROMOTED


def test_a_target_that_answers_late_is_asked_again_and_one_that_never_does_ends_it(world: World) -> None:
    times = _unavailable(world, 2)
    assert world.roll().state is State.PROMOTED
    assert times == [0]
    before = world.weights()
    _unavailable(world, 1000)
    assert world.roll().state is State.ABORTED
    assert world.weights() == before


def _unavailable(world: World, times: int) -> list[int]:
    left, kept = [times], type(world.memory).set_weights

    def set_weights(*given: object, **named: object) -> object:
        if left[0]:
            left[0] -= 1
            raise TargetUnavailable("try again")
        return kept(world.memory, *given, **named)  # type: ignore[arg-type]

    world.memory.set_weights = set_weights  # type: ignore[method-assign, assignment]
    return left


@pytest.mark.proves("C8")
def test_a_way_back_that_live_requests_do_not_show_is_not_over(world: World) -> None:
    world.stuck, world.judge = "somebody-else", always(Verdict.FAIL)
    with pytest.raises(RollbackFailed, match="did not show") as failed:
        world.roll()
    assert failed.value.exit_code == 4
    (record,) = known.under_way(world.state, "local")
    assert record.state is State.ROLLING_BACK
    assert ledger.deployments(world.state)[0].outcome is None
    lease = leases.newest_lease(world.state, filing.resource("local", SERVICE))
    assert lease is not None
    assert lease.expires_at == leases.RELEASED


def test_a_step_is_told_as_it_is_put_on_record(world: World) -> None:
    said = list[str]()
    means: Means = replace(world.means(), tell=lambda record: said.append(record.position))
    world.judge = always(Verdict.PASS)
    Controller(means, *world.begin(stages=(0, 100))).run()
    phases = ["intent", "applied", "verified", "observed", "judged"]
    assert said == [f"stage {share} % {phase}" for share in (0, 100) for phase in phases] + ["promoted"]
