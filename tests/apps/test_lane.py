"""A lane through the services: the canary is pushed its share at a path of its own, and nobody else notices."""

from datetime import timedelta

import pytest

from propcast.apps import prediction_coordinator
from propcast.backends.bus.port import Body
from propcast.backends.state import deadletters, leases
from propcast.core.sport import Sport
from propcast.pipeline.batch import lanes, samples
from propcast.pipeline.batch.filing import shards_of
from propcast.pipeline.batch.history import batches
from propcast.pipeline.batch.lanes import Lane
from propcast.pipeline.batch.samples import Sample, SampleState
from propcast.pipeline.batch.states import BatchState
from propcast.pipeline.messages import CANARY, LANE
from tests.apps.fleet import fleet
from tests.apps.rig import Site
from tests.pipeline.conftest import NBA_DAY

ROLLOUT = "rollout-1"
ASKED: Body = {"sport": "nba", "game_day": str(NBA_DAY)}


def lane(site: Site, revision: str) -> None:
    """Open a lane for the canary of that name; the workers of a fleet are called `local`."""
    state = site.backends().state
    lease = leases.acquire(state, "rollout/local/prediction-worker", "controller", timedelta(hours=1))
    assert lease is not None
    told = Lane(Sport.NBA, ROLLOUT, revision, 50, lease.resource, lease.token, state.now())
    state.transact(lambda tx: lanes.put(tx, told))


def sampled(site: Site) -> list[Sample]:
    return samples.of_rollout(site.backends().state, ROLLOUT)


@pytest.mark.parametrize(("revision", "state"), [("local", SampleState.DONE), ("somebody-else", SampleState.ASKED)])
def test_the_canary_does_its_share_and_the_slate_is_published(
    featured: Site, revision: str, state: SampleState
) -> None:
    lane(featured, revision)
    with fleet(featured) as services:
        services.publish("features-ready", ASKED)
        services.settle()
    (batch,) = batches(featured.backends())
    assert batch.state is BatchState.PUBLISHED
    assert [each.state for each in sampled(featured)] == [state]
    carried = {f"prediction-request.prediction-worker{lane}" for lane in ("", ".canary")}
    assert carried <= {name for name, _ in services.pushed}
    assert {code for _, code in services.pushed} == {204}
    if state is SampleState.DONE:
        (sample,), shards = sampled(featured), shards_of(featured.backends().state, batch.batch_id)
        (shard,) = (each for each in shards if each.shard_id == sample.shard_id)
        assert sample.file is not None
        assert shard.file is not None
        assert sample.file.sha256 == shard.file.sha256


def test_a_message_of_the_lane_that_is_given_up_is_the_canarys_failure_and_nobodys_task(featured: Site) -> None:
    lane(featured, "local")
    service = prediction_coordinator.SERVICE
    with fleet(featured, [service]) as services:
        coordinator = services.apps[service.entry.name]
        coordinator.ask("/start", ASKED)
        (sample,) = sampled(featured)
        body = {"schema_version": 1, "shard_id": sample.shard_id}
        told = {LANE: CANARY, "dead_letter_reason": "answer 500"}
        assert coordinator.push("/dead-letters", body, **told).status_code == 204
        assert coordinator.push("/dead-letters", {"schema_version": 1}, **told).status_code == 204
    (failed,) = sampled(featured)
    assert (failed.state, failed.reason) == (SampleState.FAILED, "answer 500")
    assert deadletters.waiting(featured.backends().state) == []
