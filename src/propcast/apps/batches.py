"""What is asked of the coordinator about batches, and what it answers."""

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from propcast.apps.answers import Answer, OneDay
from propcast.core.sport import Sport
from propcast.pipeline.batch.history import Standing
from propcast.pipeline.batch.planning import Started
from propcast.pipeline.batch.sweeping import Swept
from propcast.pipeline.messages import NAMED_AT_MOST, Day, Instant, Trigger
from propcast.service.input import Input

Number = Annotated[int, Field(ge=0)]


class StartAsked(OneDay):
    """A slate to forecast, as of a moment or of each event's own."""

    model_config = ConfigDict(json_schema_extra={"examples": [
        {"sport": "nba", "game_day": "2024-12-07", "as_of": None, "reason": "operator", "insist": False}
    ]})  # fmt: skip

    as_of: Instant | None = None
    reason: Trigger = Trigger.OPERATOR
    insist: bool = Field(default=False, description="becomes current even where a later moment is")


class Because(Input):
    """Why somebody does it; it goes into the audit trail."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "wrong lines were imported"}]})

    reason: str = Field(min_length=1, max_length=300)


class BatchStarted(Answer):
    """What became of a start; no batch where nobody is to be forecast."""

    model_config = ConfigDict(json_schema_extra={"examples": [
        {"batch_id": "5f0c9a1b2c3d4e5f60718293", "created": True, "state": "planned", "shards": 4,
         "participants": 420, "deadline_at": "2026-11-30T22:15:00Z", "reason": ""}
    ]})  # fmt: skip

    batch_id: str | None
    created: bool
    state: str
    shards: Number
    participants: Number
    deadline_at: datetime | None
    reason: str = ""


class ShardStands(Answer):
    """How one shard stands."""

    ordinal: Number
    state: str
    participants: Number
    rows: Number
    reason: str = ""


class Lacking(Answer):
    """Somebody without a result, and why."""

    event_id: str
    participant_id: str
    reason: str


class BatchStands(Answer):
    """How a batch stands: its state and times, its shards, who is missing and why."""

    model_config = ConfigDict(json_schema_extra={"examples": [
        {"batch_id": "5f0c9a1b2c3d4e5f60718293", "sport": "nba", "game_day": "2026-11-30", "reason": "scheduled",
         "scope": "slate", "state": "published", "as_of": "2026-11-30T22:00:00Z", "created_at": "2026-11-30T22:00:01Z",
         "deadline_at": "2026-11-30T22:15:01Z", "published_at": "2026-11-30T22:00:04Z", "publications": 1,
         "participants": {"forecast": 300, "no_line": 110, "abstained": 10}, "counts": {"predictions": 24512},
         "shards": [{"ordinal": 0, "state": "done", "participants": 105, "rows": 6100, "reason": ""}],
         "missing": [], "n_missing": 0, "note": ""}
    ]})  # fmt: skip

    batch_id: str
    sport: Sport
    game_day: Day
    reason: str
    scope: str
    state: str
    as_of: datetime
    created_at: datetime
    deadline_at: datetime
    published_at: datetime | None
    publications: Number
    participants: dict[str, int]
    counts: dict[str, int]
    shards: list[ShardStands]
    missing: list[Lacking]
    n_missing: Number
    note: str


class SweepDone(Answer):
    """What a sweep had to do."""

    model_config = ConfigDict(json_schema_extra={"examples": [
        {"busy": False, "sent": 0, "redriven": 1, "expired": 0, "failed": 0, "consolidated": 1, "errors": {}}
    ]})  # fmt: skip

    busy: bool
    sent: Number
    redriven: Number
    expired: Number
    failed: Number
    consolidated: Number
    errors: dict[str, str]


def batch_started(started: Started) -> BatchStarted:
    """Return the answer about a start."""
    batch = started.batch
    return BatchStarted(
        batch_id=batch.batch_id if batch else None,
        created=started.created,
        state=batch.state if batch else "none",
        shards=batch.n_shards if batch else 0,
        participants=batch.n_participants if batch else 0,
        deadline_at=batch.deadline_at if batch else None,
        reason=started.reason,
    )


def batch_stands(standing: Standing) -> BatchStands:
    """Return the answer about a batch."""
    batch, missing = standing.batch, standing.missing
    named = [Lacking(event_id=m.event_id, participant_id=m.participant_id, reason=m.reason) for m in missing]
    shards = [
        ShardStands(
            ordinal=shard.ordinal,
            state=shard.state,
            participants=len(shard.participants),
            rows=shard.rows,
            reason=shard.reason,
        )
        for shard in standing.shards
    ]
    return BatchStands(
        batch_id=batch.batch_id,
        sport=batch.sport,
        game_day=batch.game_day.date,
        reason=batch.reason,
        scope=batch.scope,
        state=batch.state,
        as_of=batch.as_of,
        created_at=batch.created_at,
        deadline_at=batch.deadline_at,
        published_at=batch.published_at,
        publications=batch.publications,
        participants=standing.participants,
        counts=batch.counts,
        shards=shards,
        missing=named[:NAMED_AT_MOST],
        n_missing=len(missing),
        note=batch.note,
    )


def sweep_done(swept: Swept) -> SweepDone:
    """Return the answer about a sweep."""
    return SweepDone(**vars(swept))
