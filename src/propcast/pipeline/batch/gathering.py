"""The results of a batch's shards, believed only after every check: hash, schema, keys, sums."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO

import polars as pl

from propcast.backends.objects.port import Objects
from propcast.core.errors import ContractViolation, InputError, PropCastError
from propcast.core.markets import market
from propcast.pipeline.batch.forecasting import rows_owed
from propcast.pipeline.batch.inputs import PERSON, fetch
from propcast.pipeline.batch.partition import named
from propcast.pipeline.batch.records import Batch, Lack, Shard
from propcast.pipeline.batch.states import ShardState
from propcast.tables.forecasts import PREDICTIONS

UNFINISHED = "not finished by the deadline"


@dataclass(frozen=True)
class Gathered:
    """What the shards brought.

    Attributes:
        rows: of all sound shards.
        lacks: the participants of all others.
        broken: shards whose file is not what was recorded, with what is wrong.
    """

    rows: pl.DataFrame
    lacks: tuple[Lack, ...]
    broken: dict[str, str]


def gather(objects: Objects, batch: Batch, shards: Sequence[Shard]) -> Gathered:
    """Read and check the files of the shards that are done.

    Raises:
        ContractViolation: two shards claim the same forecast.
    """
    parts, lacks, broken = [PREDICTIONS.empty()], list[Lack](), dict[str, str]()
    for shard in shards:
        if shard.state is not ShardState.DONE:
            lacks += lacking(shard, shard.reason or UNFINISHED)
            continue
        try:
            parts.append(result_of(objects, batch, shard))
        except PropCastError as error:
            broken[shard.shard_id] = str(error)
            lacks += lacking(shard, str(error))
    rows = pl.concat(parts)
    doubled = rows["prediction_id"].is_duplicated().sum()
    if doubled:
        raise ContractViolation(f"batch {batch.batch_id}: {doubled} rows share a prediction id; nothing is published")
    return Gathered(rows, tuple(lacks), broken)


def result_of(objects: Objects, batch: Batch, shard: Shard) -> pl.DataFrame:
    """Return the rows of a shard's file.

    Raises:
        InputError: the file is not there, or not the one that was recorded.
        ContractViolation: it has other columns, rows or people than the shard owes.
    """
    if shard.file is None:
        raise InputError(f"shard {shard.shard_id} has no file: its rows were in the hands of a process")
    rows = as_read(pl.read_parquet(BytesIO(fetch(objects, shard.file))))
    if rows is None:
        raise ContractViolation(f"{shard.file.key} has other columns than {PREDICTIONS.name}")
    owed = rows_owed(shard.participants, [market(name) for name in batch.markets])
    if not rows.height == shard.rows == owed:
        raise ContractViolation(f"{shard.file.key} has {rows.height} rows, {shard.rows} recorded, {owed} owed")
    strangers = rows.join(named(shard.participants), on=PERSON, how="anti").height
    if strangers or len(shard.said) != len(shard.participants):
        raise ContractViolation(f"{shard.file.key}: {strangers} rows are about nobody of the shard, or sums differ")
    return rows


def as_read(rows: pl.DataFrame) -> pl.DataFrame | None:
    """Return rows of PREDICTIONS as this release knows the table; None where they are none.

    The worker may be of a release before or after this one: what it has added is left aside, what it did not know yet
    is null.
    """
    known = {column.name: column.dtype for column in PREDICTIONS.columns}
    differ = [name for name, dtype in rows.schema.items() if known.get(name, dtype) != dtype]
    mine = rows if differ else PREDICTIONS.conform(rows)
    return mine if mine.schema == PREDICTIONS.schema else None


def lacks_of(shards: Iterable[Shard]) -> tuple[Lack, ...]:
    """Return the participants of all shards that are not done, each with the shard's reason."""
    ended = (shard for shard in shards if shard.state is not ShardState.DONE)
    return tuple(lack for shard in ended for lack in lacking(shard, shard.reason or UNFINISHED))


def lacking(shard: Shard, reason: str) -> list[Lack]:
    """Return the shard's participants as missing."""
    return [Lack(each.event_id, each.participant_id, reason) for each in shard.participants]
