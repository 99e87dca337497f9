"""Where the records of batches lie in the state store: saved within transactions, found by anybody."""

from collections.abc import Iterable
from typing import TypeVar

from propcast.backends.state.port import Body, Collection, Reader, Transaction, Where
from propcast.backends.state.records import CURRENT_SLATES, slate_key, slate_of
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.batch.documents import read, written
from propcast.pipeline.batch.records import Batch, Current, Publication, Shard
from propcast.pipeline.batch.states import OPEN_SHARDS, Refused, ShardState

BATCHES = Collection("batches", ("sport", "game_day", "state", "is_open", "order"))
SHARDS = Collection("shards", ("batch_id", "state", "ordinal"))
PUBLICATIONS = Collection("publications", ("sport", "game_day", "batch_id", "order"))

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
