"""Rollback goes where the record says, by revision name; promotion afterwards takes the pin away."""

from datetime import timedelta

import pytest

from propcast.delivery.judge.evidence import Verdict
from propcast.delivery.rollout import filing, ledger, pins
from propcast.delivery.rollout.controller import RollbackFailed
from propcast.delivery.rollout.going_back import roll_back
from propcast.delivery.rollout.ledger import Kind, Outcome
from propcast.delivery.rollout.plan import Refused
from propcast.delivery.rollout.record import Record, State
from propcast.delivery.rollout.unpinning import promote
from tests.delivery.rollout.world import LOCAL, OLD, SERVICE, STABLE, TTL, World, always


@pytest.fixture
def promoted(world: World) -> Record:
    """A world in which the new release has replaced the stable one."""
    world.judge = always(Verdict.PASS)
    record = world.roll(stages=(0, 100))
    world.clock.instant += TTL
    return record


def test_it_goes_to_the_revision_before_and_pins_it(world: World, promoted: Record) -> None:
    record = roll_back(world.means(), LOCAL, SERVICE, "ben")
    assert (record.state, world.weights()) == (State.ABORTED, {STABLE: 100})
    row = ledger.deployments(world.state)[0]
    assert (row.kind, row.outcome, row.revision, row.digest) == (Kind.ROLLBACK, Outcome.ROLLED_BACK, STABLE, OLD.digest)
    assert row.previous is not None
    assert row.previous.weights == {promoted.plan.canary.name: 100}
    (pin,) = pins.pins(world.state, "local", SERVICE)
    assert (pin.revision, pin.owner, pin.expires - pin.since) == (STABLE, "ben", pins.KEPT)
    standing = ledger.standing(world.state, "local", SERVICE)
    assert standing is not None
    assert standing.revision == STABLE


def test_it_never_goes_forth_and_back_by_itself(world: World, promoted: Record) -> None:
    roll_back(world.means(), LOCAL, SERVICE, "ben")
    with pytest.raises(Refused, match="was rolled back already"):
        roll_back(world.means(), LOCAL, SERVICE, "ben")
    told = roll_back(world.means(), LOCAL, SERVICE, "ben", to="1.2.3")
    assert told.plan.stable.revision == promoted.plan.canary.name
    assert world.weights() == {promoted.plan.canary.name: 100}


def test_a_revision_that_is_gone_is_started_again_as_it_was(world: World, promoted: Record) -> None:
    world.memory.retire(SERVICE, STABLE)
    roll_back(world.means(), LOCAL, SERVICE, "ben", to=STABLE)
    assert world.weights() == {STABLE: 100}
    again = next(each for each in world.target.revisions(SERVICE) if each.name == STABLE)
    assert again.digest == OLD.digest


@pytest.mark.parametrize("to", ["1.2.4", "prediction-worker-other"])
def test_a_release_that_is_not_on_record_is_refused(world: World, to: str) -> None:
    with pytest.raises(Refused, match="no release"):
        roll_back(world.means(), LOCAL, SERVICE, "ben", to=to)


def test_with_nothing_before_there_is_nowhere_to_go(world: World) -> None:
    with pytest.raises(Refused, match=f"had no release before {STABLE}"):
        roll_back(world.means(), LOCAL, SERVICE, "ben")


def test_a_paused_rollout_is_turned_back_to_where_it_began(world: World) -> None:
    world.judge = always(Verdict.INCONCLUSIVE)
    paused = world.roll()
    record = roll_back(world.means("operator"), LOCAL, SERVICE, "ben")
    assert (record.plan.id, record.state, world.weights()) == (paused.plan.id, State.ABORTED, {STABLE: 100})
    assert ledger.deployments(world.state)[0].kind is Kind.ROLLOUT


def test_a_controller_that_does_not_heed_is_waited_for_and_then_refused(world: World) -> None:
    world.begin()
    means = world.means("operator", heed_s=5.0)
    with pytest.raises(Refused, match="somebody moves the traffic"):
        roll_back(means, LOCAL, SERVICE, "ben")
    assert world.waited >= 5.0


def test_one_whose_controller_died_is_turned_back_once_its_lease_is_over(world: World) -> None:
    record, _ = world.begin()
    told = roll_back(world.means("operator"), LOCAL, SERVICE, "ben")
    assert (told.plan.id, told.state) == (record.plan.id, State.ABORTED)


def test_a_rollback_that_is_not_proven_stays_open_and_is_gone_on_with(world: World, promoted: Record) -> None:
    world.stuck = promoted.plan.canary.name
    with pytest.raises(RollbackFailed):
        roll_back(world.means(), LOCAL, SERVICE, "ben")
    (left,) = filing.under_way(world.state, "local", SERVICE)
    world.stuck = None
    told = roll_back(world.means(), LOCAL, SERVICE, "ben")
    assert (told.plan.id, told.state, world.weights()) == (left.plan.id, State.ABORTED, {STABLE: 100})


def test_a_promotion_needs_the_newest_revision_to_serve(world: World, promoted: Record) -> None:
    roll_back(world.means(), LOCAL, SERVICE, "ben")
    with pytest.raises(Refused, match=f"{promoted.plan.canary.name} is newer, with another digest"):
        promote(world.means(), LOCAL, SERVICE, "ben")
    assert len(pins.pins(world.state, "local")) == 1
    world.memory.retire(SERVICE, promoted.plan.canary.name)
    row = promote(world.means(), LOCAL, SERVICE, "ben")
    assert (row.kind, row.outcome, row.revision) == (Kind.PROMOTE, Outcome.UNPINNED, STABLE)
    assert pins.pins(world.state, "local") == []


def test_the_next_promotion_stops_what_was_stable_before_the_last(world: World, promoted: Record) -> None:
    second = world.roll(stages=(0, 100))
    assert second.state is State.PROMOTED
    names = [revision.name for revision in world.target.revisions(SERVICE)]
    assert names == [promoted.plan.canary.name, second.plan.canary.name]


def test_a_row_is_closed_once(world: World, promoted: Record) -> None:
    from propcast.core.errors import StoreConflict

    with pytest.raises(StoreConflict, match="closed before"):
        world.state.transact(lambda tx: ledger.closing(tx, promoted.plan.id, Outcome.ABORTED))
    assert ledger.deployments(world.state)[0].closed_at == promoted.changed_at
    assert promoted.changed_at is not None
    assert promoted.changed_at > world.clock.now() - timedelta(days=1)
