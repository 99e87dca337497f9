"""What one file of the history layout must look like before a reader may see it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from propcast.core.errors import FileFault
from propcast.core.sport import Sport
from propcast.tables.schema import INSTANT, Table


class Kind(StrEnum):
    """What a column of a file holds; widths and precisions may vary between exports, kinds may not."""

    INTEGER = "whole numbers"
    NUMBER = "numbers"
    TEXT = "text"
    FLAG = "true/false"
    DATE = "dates"
    INSTANT = "instants with a time zone"


_IS_KIND: dict[Kind, Callable[[pl.DataType], bool]] = {
    Kind.INTEGER: lambda dtype: dtype.is_integer(),
    Kind.NUMBER: lambda dtype: dtype.is_numeric(),
    Kind.TEXT: lambda dtype: dtype == pl.String,
    Kind.FLAG: lambda dtype: dtype == pl.Boolean,
    Kind.DATE: lambda dtype: dtype == pl.Date,
    Kind.INSTANT: lambda dtype: isinstance(dtype, pl.Datetime) and dtype.time_zone is not None,
}

_CANONICAL: dict[Kind, pl.DataType] = {
    Kind.INTEGER: pl.Int64(),
    Kind.NUMBER: pl.Float64(),
    Kind.TEXT: pl.String(),
    Kind.FLAG: pl.Boolean(),
    Kind.DATE: pl.Date(),
    Kind.INSTANT: INSTANT,
}


@dataclass(frozen=True)
class Specification:
    """One file of the layout: its name, the columns that are read, and the table its rows go to.

    Columns that are in the file but not listed here are never read: in the line files those are the ones that
    came from the result.
    """

    name: str
    sport: Sport
    table: Table
    columns: dict[str, Kind]

    @property
    def file_name(self) -> str:
        """The file's name inside the history folder."""
        return f"{self.name}.parquet"

    def select(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """Return the listed columns in canonical dtypes; `FileFault` names every missing or mistyped one."""
        schema = frame.collect_schema()
        missing = [name for name in self.columns if name not in schema]
        mistyped = [
            f"{name} holds {schema[name]}, not {kind}"
            for name, kind in self.columns.items()
            if name in schema and not _IS_KIND[kind](schema[name])
        ]
        if missing or mistyped:
            found = [f"column {name} is missing" for name in missing] + [f"column {text}" for text in mistyped]
            raise FileFault(f"{self.file_name}: {'; '.join(found)}. Nothing of it was written; export the file again.")
        return frame.select(pl.col(name).cast(_CANONICAL[kind]) for name, kind in self.columns.items())


def columns(
    *, text: str = "", integer: str = "", number: str = "", flag: str = "", date: str = "", instant: str = ""
) -> dict[str, Kind]:
    """Declare columns by kind, as space-separated names."""
    kinds = {
        Kind.TEXT: text,
        Kind.INTEGER: integer,
        Kind.NUMBER: number,
        Kind.FLAG: flag,
        Kind.DATE: date,
        Kind.INSTANT: instant,
    }
    return {name: kind for kind, names in kinds.items() for name in names.split()}
