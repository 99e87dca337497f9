"""The messages of the six services: one model per topic, typed and bounded, the version in every body.

`body_of` and `attributes_of` make what goes on the bus; `MODELS[topic].model_validate(body)` reads it back. A body that
does not fit its model, an unknown version among them, is poison. One that says more than its model is none: a later
release may add fields, which have defaults, while this one still reads.
"""

import re
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import partial
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from propcast.backends.bus.port import DEADLINE
from propcast.backends.json import Body
from propcast.core.gameday import GameDay
from propcast.core.instants import text_of
from propcast.core.sport import Sport

SCHEMA_VERSION = 1
LANE, CANARY = "lane", "canary"
"""Attribute of a message that is for the canary of a rollout alone; what is meant for everybody has none."""
NAMED_AT_MOST = 500
"""Participants that one message names; more of them are counted only."""

FIRST_DAY, LAST_DAY = date(1946, 11, 1), date(2100, 12, 31)


def _written(pattern: str, value: object) -> object:
    """Refuse numbers and texts of digits, which would be taken for seconds since 1970."""
    if isinstance(value, date) or (isinstance(value, str) and re.match(pattern, value)):
        return value
    raise ValueError("it must be written as ISO 8601 says: year, month and day with hyphens between them")


Name = Annotated[str, Field(min_length=1, max_length=200)]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{8,64}$")]
Day = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY), BeforeValidator(partial(_written, r"\d{4}-\d\d-\d\d\Z"))]
"""A game day as text, never a number; the bounds are those of the leagues."""
Instant = Annotated[
    AwareDatetime,
    Field(ge=datetime(1946, 11, 1, tzinfo=UTC), lt=datetime(2101, 1, 2, tzinfo=UTC)),
    BeforeValidator(partial(_written, r"\d{4}-\d\d-\d\d[Tt ]")),
    AfterValidator(lambda instant: instant.astimezone(UTC)),
]
"""An instant with its offset as text, never a number, within the same bounds; it is kept in UTC."""
Count = Annotated[int, Field(ge=0, le=100_000_000)]
Counts = Annotated[dict[Name, Count], Field(max_length=64)]


class Topic(StrEnum):
    """Every topic; each has a dead-letter topic of the same name."""

    RAW_READY = "raw-ready"
    ANALYTICS_READY = "analytics-ready"
    FEATURES_READY = "features-ready"
    PREDICTION_REQUEST = "prediction-request"
    PREDICTION_READY = "prediction-ready"
    LINES_CHANGED = "lines-changed"
    SLATE_PUBLISHED = "slate-published"

    @property
    def dead(self) -> str:
        """The topic of its dead letters."""
        return f"{self.value}-dead"


class Trigger(StrEnum):
    """Why something is done; part of a batch's identity."""

    SCHEDULED = "scheduled"
    CORRECTION = "correction"
    LINE_MOVED = "line_moved"
    SCRATCH = "scratch"
    LINEUP = "lineup"
    OPERATOR = "operator"


class AboutDay(BaseModel):
    """What all messages share: version, sport and game day."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    schema_version: Literal[1] = 1
    sport: Sport
    game_day: Day

    @property
    def day(self) -> GameDay:
        """The game day as its own type."""
        return GameDay(self.game_day)


class RawReady(AboutDay):
    """Raw tables hold something new about a game day; analytics may build."""

    model_config = ConfigDict(json_schema_extra={"examples": [
        {"schema_version": 1, "sport": "nba", "game_day": "2026-11-30", "reason": "scheduled",
         "as_of": "2026-11-30T22:00:00Z", "tables": ["raw_quotes", "raw_quote_polls"]}
    ]})  # fmt: skip

    reason: Trigger = Trigger.SCHEDULED
    as_of: Instant | None = None
    tables: Annotated[tuple[Name, ...], Field(max_length=64)] = ()


class AnalyticsReady(AboutDay):
    """Analytics tables stand; features of the day may be built as of that moment (each event's own without one)."""

    model_config = ConfigDict(json_schema_extra={"examples": [
        {"schema_version": 1, "sport": "nba", "game_day": "2026-11-30", "reason": "scheduled",
         "as_of": "2026-11-30T22:00:00Z"}
    ]})  # fmt: skip

    reason: Trigger = Trigger.SCHEDULED
    as_of: Instant | None = None


class FeaturesReady(AboutDay):
    """Features as of that moment stand; a batch may start.

    `participants` is how many people features were built for: fewer in the tables means that they are not all there.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [
        {"schema_version": 1, "sport": "nba", "game_day": "2026-11-30", "reason": "scheduled",
         "as_of": "2026-11-30T22:00:00Z", "participants": 420}
    ]})  # fmt: skip

    reason: Trigger = Trigger.SCHEDULED
    as_of: Instant | None = None
    participants: Count | None = None


class Person(BaseModel):
    """One participant of one event."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    event_id: Name
    participant_id: Name


class LinesChanged(AboutDay):
    """Lines moved, somebody was scratched or a lineup came; features as of that moment stand for the people named."""

    model_config = ConfigDict(json_schema_extra={"examples": [
        {"schema_version": 1, "sport": "nba", "game_day": "2026-11-30", "reason": "line_moved",
         "as_of": "2026-11-30T23:10:00Z",
         "people": [{"event_id": "nba:0022600301", "participant_id": "nba:1629029"}]}
    ]})  # fmt: skip

    reason: Trigger = Trigger.LINE_MOVED
    as_of: Instant
    people: Annotated[tuple[Person, ...], Field(min_length=1, max_length=5000)]


class PredictionRequest(AboutDay):
    """A shard is waiting for a worker."""

    model_config = ConfigDict(json_schema_extra={"examples": [
        {"schema_version": 1, "sport": "nba", "game_day": "2026-11-30", "batch_id": "5f0c9a1b2c3d4e5f60718293",
         "shard_id": "a1b2c3d4e5f6071829304152", "ordinal": 0, "participants": 105}
    ]})  # fmt: skip

    batch_id: Hash
    shard_id: Hash
    ordinal: Count
    participants: Count


class PredictionReady(AboutDay):
    """A shard has ended; its document says how."""

    model_config = ConfigDict(json_schema_extra={"examples": [
        {"schema_version": 1, "sport": "nba", "game_day": "2026-11-30", "batch_id": "5f0c9a1b2c3d4e5f60718293",
         "shard_id": "a1b2c3d4e5f6071829304152", "ordinal": 0, "state": "done", "token": 1,
         "counts": {"forecast": 80, "no_line": 20, "abstained": 5, "rows": 6100}}
    ]})  # fmt: skip

    batch_id: Hash
    shard_id: Hash
    ordinal: Count
    state: Literal["done", "skipped", "failed", "expired", "cancelled"]
    token: Count
    counts: Counts = Field(default_factory=dict)
    reason: Annotated[str, Field(max_length=500)] = ""


class Missing(Person):
    """Somebody whom a published slate says nothing new about, and why."""

    reason: Annotated[str, Field(max_length=300)]


class SlatePublished(AboutDay):
    """A slate is current: which one, what it counts, and exactly what it lacks."""

    model_config = ConfigDict(json_schema_extra={"examples": [
        {"schema_version": 1, "sport": "nba", "game_day": "2026-11-30", "batch_id": "5f0c9a1b2c3d4e5f60718293",
         "amendment": 0, "publication": "5f0c9a1b2c3d4e5f60718293", "published_at": "2026-11-30T22:00:04.120000+00:00",
         "state": "published", "counts": {"predictions": 24512}, "missing": [], "n_missing": 0}
    ]})  # fmt: skip

    batch_id: Hash
    amendment: Count
    publication: Hash
    published_at: Instant
    state: Literal["published", "published_partial"]
    counts: Counts
    missing: Annotated[tuple[Missing, ...], Field(max_length=NAMED_AT_MOST)] = ()
    n_missing: Count = 0


MODELS: dict[Topic, type[AboutDay]] = {
    Topic.RAW_READY: RawReady,
    Topic.ANALYTICS_READY: AnalyticsReady,
    Topic.FEATURES_READY: FeaturesReady,
    Topic.PREDICTION_REQUEST: PredictionRequest,
    Topic.PREDICTION_READY: PredictionReady,
    Topic.LINES_CHANGED: LinesChanged,
    Topic.SLATE_PUBLISHED: SlatePublished,
}


def body_of(message: BaseModel) -> Body:
    """Return the message as JSON data."""
    found: Body = message.model_dump(mode="json")
    return found


def attributes_of(message: AboutDay, deadline: datetime | None = None) -> dict[str, str]:
    """Return what subscriptions filter by, and when the bus may give the message up."""
    about = {"sport": message.sport.value, "game_day": str(message.game_day)}
    return about if deadline is None else {**about, DEADLINE: text_of(deadline)}
