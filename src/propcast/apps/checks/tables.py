"""Live tables against their declarations, and tables that are gone."""

from collections.abc import Sequence
from functools import partial

from propcast.backends.state.port import Collection, State, Transaction
from propcast.backends.warehouse.misfits import Misfit, misfit
from propcast.backends.warehouse.port import Live, Warehouse
from propcast.core.instants import text_of
from propcast.service.health.body import Status
from propcast.service.health.checks import Observe, Observed
from propcast.tables.schema import Table

SEEN_TABLES = Collection("seen_tables", ("at",))
"""Tables that have been there once; one that never was is empty, one that is no more was lost."""


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
    return misfit(table, live)
