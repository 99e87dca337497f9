"""Batches, shards and publications as the state store holds them, and the only ways in which they change."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from propcast.backends.state.port import Body, Collection, Reader, Transaction, Where
from propcast.backends.state.records import CURRENT_SLATES, CurrentSlate, slate_key, slate_of
from propcast.core.errors import StoreConflict
from propcast.core.gameday import GameDay
from propcast.core.reasons import Status
from propcast.core.sport import Sport
from propcast.pipeline.batch.documents import read, written

BATCHES = Collection("batches", ("sport", "game_day", "state", "is_open", "order"))
SHARDS = Collection("shards", ("batch_id", "state", "ordinal"))
PUBLICATIONS = Collection("publications", ("sport", "game_day", "batch_id", "order"))


class Refused(StoreConflict):
    """A record is not in the state, or not under the token, that a change was meant for; nothing changed."""


class BatchState(StrEnum):
    """Where a batch stands."""

    PLANNED = "planned"
    DISPATCHED = "dispatched"
    COLLECTING = "collecting"
    CONSOLIDATING = "consolidating"
    PUBLISHED = "published"
    PUBLISHED_PARTIAL = "published_partial"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"


class ShardState(StrEnum):
    """Where a shard stands."""

    PENDING = "pending"
    LEASED = "leased"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Scope(StrEnum):
    """Whether a batch forecasts a whole slate, or some people whose rows replace those of the current slate."""

    SLATE = "slate"
    PEOPLE = "people"


COLLECTING_STATES = frozenset({BatchState.PLANNED, BatchState.DISPATCHED, BatchState.COLLECTING})
OPEN_STATES = COLLECTING_STATES | {BatchState.CONSOLIDATING}
OPEN_SHARDS = frozenset({ShardState.PENDING, ShardState.LEASED})

_BATCH_MOVES: dict[BatchState, frozenset[BatchState]] = {
    BatchState.DISPATCHED: frozenset({BatchState.PLANNED}),
    BatchState.COLLECTING: frozenset({BatchState.PLANNED, BatchState.DISPATCHED}),
    BatchState.CONSOLIDATING: OPEN_STATES | {BatchState.PUBLISHED_PARTIAL, BatchState.FAILED},
    BatchState.PUBLISHED: frozenset({BatchState.CONSOLIDATING}),
    BatchState.PUBLISHED_PARTIAL: frozenset({BatchState.CONSOLIDATING}),
    BatchState.FAILED: frozenset({BatchState.CONSOLIDATING}),
    BatchState.CANCELLED: OPEN_STATES,
    BatchState.SUPERSEDED: OPEN_STATES,
}
_SHARD_MOVES: dict[ShardState, frozenset[ShardState]] = {
    ShardState.PENDING: frozenset(ShardState) - {ShardState.DONE},
    ShardState.LEASED: OPEN_SHARDS,
    ShardState.DONE: frozenset({ShardState.LEASED}),
    ShardState.SKIPPED: OPEN_SHARDS,
    ShardState.FAILED: OPEN_SHARDS | {ShardState.DONE},
    ShardState.EXPIRED: OPEN_SHARDS,
    ShardState.CANCELLED: OPEN_SHARDS,
}


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

    @property
    def resource(self) -> str:
        """What is leased while it is consolidated."""
        return f"batch/{self.batch_id}"

    def moved(self, to: BatchState, *, under: int | None = None, **changes: Any) -> "Batch":
        """Return the batch in its next state, or raise `Refused`: no such step from here, or another's token."""
        if self.state not in _BATCH_MOVES[to] or (under is not None and under != self.token):
            held = "" if under is None else f" under token {under} (it has {self.token})"
            raise Refused(f"batch {self.batch_id} is {self.state} and cannot become {to}{held}; nothing changed")
        return replace(self, state=to, **changes)


@dataclass(frozen=True)
class Quoted:
    """The distinct lines of one market."""

    market: str
    lines: tuple[float, ...]


@dataclass(frozen=True)
class Participant:
    """One person of one event and the lines that he is forecast at."""

    event_id: str
    participant_id: str
    quoted: tuple[Quoted, ...] = ()


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
        said: what became of each participant, in their order.
        rows: rows of the result file.
        strikes: unknown errors that it met, by fingerprint.
    """

    shard_id: str
    batch_id: str
    ordinal: int
    participants: tuple[Participant, ...]
    asked_at: datetime
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
        if self.state not in _SHARD_MOVES[to] or (under is not None and under != self.token):
            held = "" if under is None else f" under token {under} (it has {self.token})"
            raise Refused(f"shard {self.shard_id} is {self.state} and cannot become {to}{held}; nothing changed")
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


Record = Batch | Shard | Publication
Kind = TypeVar("Kind", Batch, Shard, Publication)


def save(tx: Transaction, record: Record) -> None:
    """Create or replace a record."""
    body = written(record)
    match record:
        case Batch():
            tx.put(BATCHES, record.batch_id, body)
        case Shard():
            tx.put(SHARDS, record.shard_id, body)
        case Publication():
            tx.put(PUBLICATIONS, record.tag, body)


def find_batch(reader: Reader, batch_id: str) -> Batch | None:
    """Return a batch, or None."""
    return _read(Batch, reader.get(BATCHES, batch_id))


def get_batch(reader: Reader, batch_id: str) -> Batch:
    """Return a batch; `Refused` when there is none."""
    found = find_batch(reader, batch_id)
    if found is None:
        raise Refused(f"there is no batch {batch_id}")
    return found


def get_shard(reader: Reader, shard_id: str) -> Shard:
    """Return a shard; `Refused` when there is none."""
    found = _read(Shard, reader.get(SHARDS, shard_id))
    if found is None:
        raise Refused(f"there is no shard {shard_id}")
    return found


def find_publication(reader: Reader, tag: str) -> Publication | None:
    """Return a publication, or None."""
    return _read(Publication, reader.get(PUBLICATIONS, tag))


def find_current(reader: Reader, sport: Sport, day: GameDay) -> Current:
    """Return what is current for a game day."""
    body = reader.get(CURRENT_SLATES, slate_key(sport, day))
    if body is None:
        return Current(None, None)
    pointer = slate_of(body)
    return Current(pointer, find_publication(reader, pointer.tag))


def shards_of(reader: Reader, batch_id: str, states: Iterable[ShardState] = ()) -> list[Shard]:
    """Return the shards of a batch in their order, those in some states only when these are named."""
    where = [Where("batch_id", "==", batch_id)]
    wanted = sorted(states)
    if wanted:
        where.append(Where("state", "in", wanted))
    return [read(Shard, found.body) for found in reader.find(SHARDS, where, order_by="ordinal")]


def has_open_shard(reader: Reader, batch_id: str) -> bool:
    """Tell whether some shard of a batch has not ended."""
    where = [Where("batch_id", "==", batch_id), Where("state", "in", sorted(OPEN_SHARDS))]
    return bool(reader.find(SHARDS, where, limit=1))


def batches_where(reader: Reader, where: Iterable[Where], limit: int | None = None) -> list[Batch]:
    """Return batches, the latest planned first."""
    found = reader.find(BATCHES, list(where), order_by="order", descending=True, limit=limit)
    return [read(Batch, each.body) for each in found]


def _read(kind: type[Kind], body: Body | None) -> Kind | None:
    return None if body is None else read(kind, body)
