"""Batches, shards and publications: what is known of each, and how it becomes its next self."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from propcast.backends.state.records import CurrentSlate
from propcast.core.gameday import GameDay
from propcast.core.reasons import Status
from propcast.core.sport import Sport
from propcast.pipeline.batch.states import (
    OPEN_SHARDS,
    BatchState,
    Scope,
    ShardState,
    require_batch_step,
    require_shard_step,
    require_token,
)


@dataclass(frozen=True)
class Pin:
    """A blob that is named by its key and recognised by its content."""

    key: str
    sha256: str


@dataclass(frozen=True)
class ModelPin:
    """The model that a batch uses for a market and system."""

    market: str
    system: str
    model_id: str
    blob: Pin


@dataclass(frozen=True)
class Lack:
    """Somebody who is missing from a publication, and why."""

    event_id: str
    participant_id: str
    reason: str


@dataclass(frozen=True)
class Batch:
    """One forecast of one slate, or of some people of it.

    Attributes:
        as_of: the latest of the events' moments.
        moments: the moment of each event.
        owed: quoted (participant, market) pairs per event.
        inputs: the frames that every worker reads; None while they are in the hands of one process.
        pool: the earlier games that every worker looks for similar ones in.
        insists: an operator asked for this very moment: it becomes current whatever is.
        token: of the lease under which it is, or was, consolidated.
        order: sorts batches by when they were planned.
        is_open: some shard may still bring rows, or they are not published yet.
        publications: how many commits it has published.
        publication: the tag of the last one.
        n_included: how many shards it has the rows of.
        release, revision: of the coordinator that opened it, and finishes it if it can.
    """

    batch_id: str
    sport: Sport
    game_day: GameDay
    reason: str
    scope: Scope
    as_of: datetime
    data_version: str
    markets: tuple[str, ...]
    models: tuple[ModelPin, ...]
    moments: dict[str, datetime]
    owed: dict[str, int]
    n_shards: int
    n_participants: int
    created_at: datetime
    deadline_at: datetime
    late_until: datetime
    first_start: datetime | None
    order: str
    inputs: Pin | None = None
    pool: Pin | None = None
    insists: bool = False
    state: BatchState = BatchState.PLANNED
    token: int = 0
    is_open: bool = True
    publications: int = 0
    publication: str = ""
    n_included: int = 0
    published_at: datetime | None = None
    n_missing: int = 0
    missing: tuple[Lack, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    note: str = ""
    release: str = ""
    revision: str = ""

    @property
    def resource(self) -> str:
        """What is leased while it is consolidated."""
        return f"batch/{self.batch_id}"

    def moved(self, to: BatchState, *, under: int | None = None, **changes: Any) -> "Batch":
        """Return the batch in its next state, or raise `Refused`: no such step from here, or another's token."""
        require_batch_step(self.batch_id, self.state, to)
        require_token(self.resource, self.token, under)
        return replace(self, state=to, **changes)


@dataclass(frozen=True)
class Participant:
    """One person of one event and the distinct lines of each market that he is forecast at."""

    event_id: str
    participant_id: str
    lines: dict[str, tuple[float, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Said:
    """What became of one participant: exactly one status, with reasons unless it is a forecast."""

    status: Status
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shard:
    """Some participants of a batch, the unit of work.

    Attributes:
        token: of the lease under which it is, or was, worked on.
        takes: how many workers took it since it was last asked for by a person or the plan.
        asked_at: when a worker was last asked for it.
        unanswered: how often it was asked for again since a worker last took it.
        said: what became of each participant, in their order.
        rows: rows of the result file.
        strikes: unknown errors that it met, by fingerprint.
    """

    shard_id: str
    batch_id: str
    ordinal: int
    participants: tuple[Participant, ...]
    asked_at: datetime
    unanswered: int = 0
    state: ShardState = ShardState.PENDING
    token: int = 0
    takes: int = 0
    leased_at: datetime | None = None
    ended_at: datetime | None = None
    file: Pin | None = None
    rows: int = 0
    said: tuple[Said, ...] = ()
    reason: str = ""
    strikes: dict[str, int] = field(default_factory=dict)

    @property
    def resource(self) -> str:
        """What is leased while it is worked on."""
        return f"shard/{self.shard_id}"

    @property
    def is_open(self) -> bool:
        """Whether its end is still to come."""
        return self.state in OPEN_SHARDS

    def counts(self) -> dict[str, int]:
        """Return how many participants ended in each status."""
        statuses = [each.status for each in self.said]
        return {status.value: statuses.count(status) for status in Status}

    def moved(self, to: ShardState, *, under: int | None = None, **changes: Any) -> "Shard":
        """Return the shard in its next state, or raise `Refused`: no such step from here, or another's token."""
        require_shard_step(self.shard_id, self.state, to)
        require_token(self.resource, self.token, under)
        return replace(self, state=to, **changes)


@dataclass(frozen=True)
class Publication:
    """One published set of rows: what readers of its tag see, whole and for ever.

    Attributes:
        tag: value of `batch_id` in the rows of predictions and decisions.
        base: tag of the slate whose rows it carries on, empty when it carries none.
        moments: the newest moment of each event.
        planned: for each data version among its rows, the place in time at which their batch was planned.
        answered: quoted participants and markets that the champion answers for, per event.
    """

    tag: str
    sport: Sport
    game_day: GameDay
    batch_id: str
    amendment: int
    base: str
    moments: dict[str, datetime]
    planned: dict[str, str]
    order: str
    published_at: datetime
    counts: dict[str, int]
    answered: dict[str, int]
    n_missing: int


@dataclass(frozen=True)
class Current:
    """What readers see now: the pointer and the publication behind it; None where nothing is published."""

    pointer: CurrentSlate | None
    publication: Publication | None
