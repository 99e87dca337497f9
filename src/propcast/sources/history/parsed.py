"""What a reader returns: rows for a table, rows held back with what is wrong with them, and counts that add up."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from propcast.core.errors import ContractViolation
from propcast.core.reasons import Reason
from propcast.tables.contract import VIOLATIONS, split
from propcast.tables.reference import UNRESOLVED_NAMES
from propcast.tables.schema import Table

UNRESOLVED = Reason.UNRESOLVED_NAME.value
"""Violation of a row whose only trouble is a name; held for replay, not a fault of the file."""

_IS_BAD = "is_bad"

MAX_FAULTY_SHARE = 0.01
"""More faulty rows than this share of a file, and the file itself is at fault (decision 8)."""


@dataclass(frozen=True)
class Fault:
    """A rule of a feed that its table's declaration cannot state; `is_bad` true marks a row, null does not."""

    message: str
    is_bad: pl.Expr


@dataclass(frozen=True)
class Rows:
    """Rows of one table: `good` ones, and `bad` ones with a `violations` list."""

    table: Table
    good: pl.DataFrame
    bad: pl.DataFrame

    @property
    def height(self) -> int:
        """All rows, good and bad."""
        return self.good.height + self.bad.height


@dataclass(frozen=True)
class ParsedFile:
    """One file, read: every row of it is merged, good or bad, and what was made from them is counted apart.

    Attributes:
        merged: exact repetitions that were folded into one row.
        rows: one row per remaining row of the file.
        generated: rows that the file implies but does not list (polls, withdrawals).
        unresolved: rows of `unresolved_names`.
    """

    name: str
    rows_in: int
    merged: int
    rows: Rows
    generated: tuple[Rows, ...] = ()
    unresolved: pl.DataFrame = field(default_factory=UNRESOLVED_NAMES.empty)

    def __post_init__(self) -> None:
        accounted = self.merged + self.rows.height
        if accounted != self.rows_in:
            raise ContractViolation(
                f"{self.name}: {self.rows_in} rows came in but {accounted} are accounted for; the reader loses rows"
            )

    @property
    def quarantined(self) -> dict[str, int]:
        """Rows held back by their first violation, most frequent first."""
        first = self.rows.bad.select(pl.col(VIOLATIONS).list.first())
        counts = first.group_by(VIOLATIONS).agg(pl.len().alias("n")).sort("n", VIOLATIONS, descending=[True, False])
        return {str(message): int(n) for message, n in counts.iter_rows()}

    @property
    def faulty_rows(self) -> int:
        """Rows held back for anything but an unresolved name."""
        return self.rows.bad.filter(pl.col(VIOLATIONS).list.first() != UNRESOLVED).height

    @property
    def refusal(self) -> str | None:
        """Why the whole file is refused, or None."""
        if self.faulty_rows <= MAX_FAULTY_SHARE * self.rows_in:
            return None
        reasons = "; ".join(f"{n} × {message}" for message, n in self.quarantined.items())
        return (
            f"{self.name}.parquet: {self.faulty_rows} of {self.rows_in} rows are faulty, more than "
            f"{MAX_FAULTY_SHARE:.0%} ({reasons}). Nothing of it was written; check the export."
        )


def sort_rows(table: Table, frame: pl.DataFrame, faults: Sequence[Fault] = ()) -> tuple[Rows, int]:
    """Separate good rows from bad ones, and return with them how many exact repetitions were merged.

    `frame` has the table's columns and any others that the faults look at. Rows with a fault of the feed are reported
    with those faults alone; the rest is held against the table's declaration.
    """
    is_bad = frame.with_columns(pl.any_horizontal(pl.lit(False), *map(_holds, faults)).alias(_IS_BAD))[_IS_BAD]
    conformed = table.conform(frame)
    bad = _merge(table, conformed.filter(is_bad).with_columns(_messages(frame.filter(is_bad), faults)))
    checked = split(table, _merge(table, conformed.filter(~is_bad)))
    rows = Rows(table, checked.good, pl.concat([bad, checked.bad]))
    return rows, frame.height - rows.height


def _holds(fault: Fault) -> pl.Expr:
    return fault.is_bad.fill_null(False)


def _messages(bad: pl.DataFrame, faults: Sequence[Fault]) -> pl.Series:
    found = [pl.when(_holds(fault)).then(pl.lit(fault.message)) for fault in faults]
    lists = pl.concat_list(pl.lit(None, pl.String()), *found).list.drop_nulls()
    return bad.with_columns(lists.alias(VIOLATIONS))[VIOLATIONS]


def _merge(table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    """Fold rows that are equal in every column; keys tell quickly that there are none."""
    if not rows.select(pl.struct(table.key).is_duplicated().any()).item():
        return rows
    return rows.unique(maintain_order=True)
