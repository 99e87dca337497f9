"""A lane that somebody holds open, and what goes through it."""

from datetime import timedelta
from typing import Any

from propcast.backends.state import leases
from propcast.backends.state.leases import Lease
from propcast.core.sport import Sport
from propcast.pipeline.batch import lanes, samples, sampling
from propcast.pipeline.batch.lanes import Lane
from propcast.pipeline.batch.samples import Sample
from propcast.pipeline.messages import CANARY, LANE, PredictionRequest, Topic
from propcast.pipeline.outcomes import Handled
from tests.pipeline.batch.slates import Pair

ROLLOUT, REVISION, RESOURCE = "rollout-1", "worker-canary", "rollout/local/mlb-prediction-worker"
HELD = timedelta(hours=1)


def open_lane(pair: Pair, percent: int = 50, **changes: Any) -> Lease:
    """Put a lane under a lease, as the controller of a rollout does."""
    lease = leases.acquire(pair.backends.state, RESOURCE, "controller", HELD)
    assert lease is not None
    told = {"percent": percent, "token": lease.token, "since": pair.clock.now(), **changes}
    lane = Lane(Sport.MLB, ROLLOUT, REVISION, resource=RESOURCE, **told)
    pair.backends.state.transact(lambda tx: lanes.put(tx, lane))
    return lease


def for_canary(pair: Pair) -> list[PredictionRequest]:
    """What the bus was given for the canary."""
    return [PredictionRequest.model_validate(body) for body in _bodies(pair, CANARY)]


def for_workers(pair: Pair) -> list[PredictionRequest]:
    """What the bus was given for everybody."""
    return [PredictionRequest.model_validate(body) for body in _bodies(pair, None)]


def _bodies(pair: Pair, lane: str | None) -> list[Any]:
    return [
        body
        for topic, body, told in pair.posted.messages
        if topic == Topic.PREDICTION_REQUEST and told.get(LANE) == lane
    ]


def sample(pair: Pair, request: PredictionRequest, revision: str = REVISION) -> Handled:
    """Work as the canary."""
    return sampling.run_sample(pair.backends, request, revision=revision, warm=pair.warm, rules=pair.rules)


def sampled(pair: Pair) -> list[Sample]:
    """What is known of the canary's work."""
    return samples.of_rollout(pair.backends.state, ROLLOUT)
