"""Stored columns that differ from a declaration: what is added by itself, and what is refused with what to do."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from propcast.backends.warehouse.port import Condition, In, Live, Stamp, Warehouse
from propcast.backends.warehouse.rules import STORED
from propcast.core.errors import StoreConflict
from propcast.tables.schema import Rule, Table

_ADVICE = {
    "required": "it must not be null: declare it nullable, or rebuild the table",
    "retyped": "a type is never changed in place: declare a column of another name, or rebuild the table",
    "foreign": "a newer version wrote it: update this program; nothing is removed",
    "partition": "a table is never laid out anew in place: copy it to another environment, or rebuild it",
}


@dataclass(frozen=True)
class Drift:
    """What a stored table lacks of its declaration.

    Attributes:
        stored: whether it is there; its first write makes it.
        added: columns that `migrate` adds: declared since, and they may be null.
        refused: what is never changed, each with what to do.
    """

    table: str
    stored: bool = True
    added: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    @property
    def is_none(self) -> bool:
        """Whether the table is as declared, or not there."""
        return not self.added and not self.refused


def drifts(warehouse: Warehouse, tables: Iterable[Table]) -> list[Drift]:
    """Return how each table stands, in order."""
    return [drift(table, warehouse.live(table)) for table in tables]


def drift(table: Table, live: Live | None) -> Drift:
    """Return how a live table differs from its declaration, and what becomes of it."""
    if live is None:
        return Drift(table.name, stored=False)
    absent = [name for name in table.schema if name not in live.columns]
    added = tuple(name for name in absent if table.column(name).nullable)
    refused = [f"{name} is not there; {_ADVICE['required']}" for name in absent if name not in added]
    for name, dtype in live.columns.items():
        if name not in table.schema:
            refused.append(f"{name} is not declared; {_ADVICE['foreign']}")
        elif table.schema[name] != dtype:
            refused.append(f"{name} is {dtype}, declared {table.schema[name]}; {_ADVICE['retyped']}")
    if live.partition != table.partition:
        refused.append(f"the partition is {live.partition}, declared {table.partition}; {_ADVICE['partition']}")
    return Drift(table.name, added=added, refused=tuple(refused))


def migrate(warehouse: Warehouse, table: Table, stamp: Stamp) -> None:
    """Add the columns that a stored table lacks: an empty write does, as any write would.

    Raises:
        StoreConflict: the table has what is never changed.
    """
    nowhere: tuple[Condition, ...] = (In(table.key[0], ()),) if table.rule is Rule.SET else ()
    warehouse.write(table, table.empty(), stamp, scope=nowhere)


def refuse_unfillable(table: Table, missing: Sequence[str]) -> None:
    """Raise `StoreConflict` unless every missing column may be null."""
    required = [name for name in missing if name in STORED or not table.column(name).nullable]
    if required:
        raise StoreConflict(
            f"the stored {table.name} lacks {', '.join(required)}, which must not be null; "
            "rebuild the table, or declare the new columns nullable"
        )


def refuse_foreign(table: Table, known: Mapping[str, pl.DataType]) -> None:
    """Raise `StoreConflict` if the store has a column or dtype that the declaration cannot take."""
    declared = {**table.schema, **STORED}
    foreign = [f"{name} as {dtype}" for name, dtype in known.items() if declared.get(name) != dtype]
    if foreign:
        raise StoreConflict(
            f"the stored {table.name} has {', '.join(foreign)}, which this version does not declare; "
            "a newer version wrote it: update this program"
        )
