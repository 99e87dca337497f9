"""Messages that can never succeed, and what is recorded of each."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from propcast.backends.bus.port import Body
from propcast.core.sport import Sport
from propcast.pipeline.messages import Topic
from tests.chaos.slates import Kick

NOBODY = "0" * 24


@dataclass(frozen=True)
class Poison:
    """One message, and what the reason of its dead letter says."""

    name: str
    topic: Topic
    body: Body
    reason: str
    attributes: Mapping[str, str] = field(default_factory=dict)


def table(kick: Kick) -> list[Poison]:
    """Return every kind of poison, about the day of a slate that is published."""
    day: Body = {"schema_version": 1, "sport": kick.sport.value, "game_day": str(kick.day)}
    request: Body = {**day, "batch_id": NOBODY, "shard_id": NOBODY, "ordinal": 0, "participants": 1}
    people: list[Body] = [{"event_id": "nba:0000000000", "participant_id": "nba:0"}]
    to_worker = {"sport": Sport.NBA.value}
    return [
        Poison("no fields", Topic.PREDICTION_REQUEST, {"schema_version": 1}, "poison", to_worker),
        Poison("unknown version", Topic.RAW_READY, {**day, "schema_version": 99}, "poison"),
        Poison("unknown sport", Topic.ANALYTICS_READY, {**day, "sport": "curling"}, "poison"),
        Poison("wrong date", Topic.RAW_READY, {**day, "game_day": "1890-02-30"}, "poison"),
        Poison("date out of range", Topic.FEATURES_READY, {**day, "game_day": "1890-02-03"}, "poison"),
        Poison("unknown shard", Topic.PREDICTION_REQUEST, request, "permanent", to_worker),
        Poison("unknown batch", Topic.PREDICTION_READY, {**_ended(request)}, "permanent"),
        Poison(
            "unknown participant",
            Topic.LINES_CHANGED,
            {**day, "as_of": kick.as_of.isoformat(), "people": [*people]},
            "deadline passed",
        ),
        Poison(
            "missing features",
            Topic.FEATURES_READY,
            {**day, "as_of": kick.as_of.isoformat(), "participants": 99_999},
            "deadline passed",
        ),
    ]


def _ended(request: Body) -> Body:
    return {name: value for name, value in request.items() if name != "participants"} | {"state": "done", "token": 1}
