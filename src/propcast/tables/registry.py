"""Every declared table by name."""

from propcast.core.errors import InputError, did_you_mean
from propcast.tables import analytics, forecasts, precompute, raw, reference
from propcast.tables.schema import Table

ALL: dict[str, Table] = {
    table.name: table for room in (reference, raw, analytics, precompute, forecasts) for table in room.TABLES
}


def table(name: str) -> Table:
    """Return the declared table; an unknown name is an `InputError` with a suggestion."""
    try:
        return ALL[name]
    except KeyError:
        raise InputError(f"unknown table {name!r}{did_you_mean(name, list(ALL))}") from None
