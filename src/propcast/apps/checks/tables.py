"""Live tables against their declarations: name, type and partition of every column, and tables that are gone."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from propcast.backends.state.port import Collection, State, Transaction
from propcast.backends.warehouse.port import Live, Warehouse
from propcast.core.instants import text_of
from propcast.service.health.body import Status
from propcast.service.health.checks import Observe, Observed
from propcast.tables.schema import Table

SEEN_TABLES = Collection("seen_tables", ("at",))
"""Tables that have been there once; one that never was is empty, one that is no more was lost."""


@dataclass(frozen=True)
class Misfit:
    """How one live table differs from its declaration.

    Attributes:
        missing: declared and not there, or there as something else.
        extra: there and not declared; what does not know it leaves it null.
    """

    table: str
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()

    def sentence(self) -> str:
        """Say it in words."""
        parts = [f"lacks {', '.join(self.missing)}"] if self.missing else []
        parts += [f"has {', '.join(self.extra)} beside what is declared"] if self.extra else []
        return f"{self.table} {' and '.join(parts)}"


def schema_mismatches(tables: Sequence[Table], warehouse: Warehouse, state: State) -> Observe:
    """Return an observation that counts the columns in which live tables differ from their declarations."""

    def observe() -> Observed:
        live = {table.name: warehouse.live(table) for table in tables}
        seen = remember(state, [name for name, found in live.items() if found is not None])
        found = [_misfit(table, live[table.name], table.name in seen) for table in tables]
        misfits = [each for each in found if each.missing or each.extra]
        count = sum(len(each.missing) + len(each.extra) for each in misfits)
        only_extra = bool(misfits) and not any(each.missing for each in misfits)
        told = "; ".join(each.sentence() for each in misfits)
        return Observed(count, Status.WARN if only_extra else None, sentence=told)

    return observe


def remember(state: State, there: Sequence[str]) -> set[str]:
    """Note tables that are there and return all that ever were."""
    seen = {document.key for document in state.find(SEEN_TABLES)}
    new = sorted({*there} - seen)
    if new:
        state.transact(partial(_note, new))
    return seen | {*new}


def _note(names: Sequence[str], tx: Transaction) -> None:
    for name in names:
        tx.put(SEEN_TABLES, name, {"at": text_of(tx.now)})


def _misfit(table: Table, live: Live | None, was_seen: bool) -> Misfit:
    if live is None:
        return Misfit(table.name, tuple(table.schema) if was_seen else ())
    wrong = [name for name, dtype in table.schema.items() if live.columns.get(name) != dtype]
    if live.partition != table.partition:
        wrong.append(f"the partition {table.partition}")
    return Misfit(table.name, tuple(wrong), tuple(name for name in live.columns if name not in table.schema))
