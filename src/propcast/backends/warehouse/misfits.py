"""A live table against its declaration: name, type and partition of every column."""

from dataclasses import dataclass

from propcast.backends.warehouse.port import Live
from propcast.tables.schema import Table


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


def misfit(table: Table, live: Live) -> Misfit:
    """Return how a live table differs from its declaration."""
    wrong = [name for name, dtype in table.schema.items() if live.columns.get(name) != dtype]
    if live.partition != table.partition:
        wrong.append(f"the partition {table.partition}")
    return Misfit(table.name, tuple(wrong), tuple(name for name in live.columns if name not in table.schema))
