"""The states of batches and shards, and the only steps between them."""

from enum import StrEnum

from propcast.core.errors import StoreConflict


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


def require_batch_step(batch_id: str, state: BatchState, to: BatchState) -> None:
    """Raise `Refused` unless the protocol has that step."""
    if state not in _BATCH_MOVES[to]:
        raise Refused(f"batch {batch_id} is {state} and cannot become {to}; nothing changed")


def require_shard_step(shard_id: str, state: ShardState, to: ShardState) -> None:
    """Raise `Refused` unless the protocol has that step."""
    if state not in _SHARD_MOVES[to]:
        raise Refused(f"shard {shard_id} is {state} and cannot become {to}; nothing changed")


def require_token(resource: str, token: int, under: int | None) -> None:
    """Raise `Refused` when a change comes under another token than the record has."""
    if under is not None and under != token:
        raise Refused(f"{resource} is under token {token}, not {under}; nothing changed")
