"""A revision is retired once it has nothing left to finish; one that has is waited for, and then left running."""

from dataclasses import replace
from datetime import timedelta

import pytest

from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.delivery.rollout.states import State
from propcast.pipeline.batch.filing import save
from propcast.pipeline.batch.records import Batch
from propcast.pipeline.batch.states import Scope
from tests.delivery.rollout.world import SERVICE, STABLE, World

DAY = GameDay.parse("2026-11-26")


def opened_by(world: World, revision: str) -> Batch:
    """An open batch of a revision, on record."""
    now = world.clock.now()
    told = {"deadline_at": now, "late_until": now, "first_start": None, "order": "1", "revision": revision}
    counts = {"n_shards": 1, "n_participants": 1, "created_at": now}
    batch = Batch("b1", Sport.NBA, DAY, "scheduled", Scope.SLATE, now, "v", (), (), {}, {}, **counts, **told)  # type: ignore[arg-type]
    world.state.transact(lambda tx: save(tx, batch))
    return batch


def promoted(world: World) -> set[str]:
    """Roll out once more, and return which revisions there are afterwards."""
    world.clock.instant += timedelta(hours=1)
    assert world.roll(monitoring_s=20.0, min_requests=50).state is State.PROMOTED
    return {revision.name for revision in world.target.revisions(SERVICE)}


def test_the_revision_before_the_last_goes_when_it_has_nothing_to_finish(world: World) -> None:
    assert STABLE in promoted(world)
    assert STABLE not in promoted(world)


def test_one_that_has_a_batch_to_finish_stays(world: World) -> None:
    promoted(world)
    opened_by(world, STABLE)
    before = world.waited
    assert STABLE in promoted(world)
    assert world.waited - before >= 60


def test_it_is_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    promoted(world)
    batch, wait = opened_by(world, STABLE), world.wait

    def finishing(seconds: float) -> None:
        if seconds < 1:  # what is awaited is looked at four times a second
            world.state.transact(lambda tx: save(tx, replace(batch, is_open=False)))
        wait(seconds)

    monkeypatch.setattr(world, "wait", finishing)
    assert STABLE not in promoted(world)
