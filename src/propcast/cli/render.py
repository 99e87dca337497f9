"""How the command line shows things: aligned numbers with units, progress on long work, or JSON."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Literal

import polars as pl
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table as RichTable

from propcast.pipeline.progress import Advance

Justify = Literal["left", "right"]

WIDE = 180

out = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
err = Console(stderr=True, highlight=False)

MISSING = "–"

STEP_COLUMNS = {
    "span": "game days", "step": "step", "state": "state", "rows": "rows", "new": "new", "trips": "round trips",
    "seconds": "s",
}  # fmt: skip

WRAPPED = frozenset({"why", "note", "reason"})
"""Headings of columns that may fold when a line is too narrow; all others are kept whole."""


def show_json(payload: object) -> None:
    """Print one JSON document on standard output."""
    sys.stdout.write(json.dumps(payload, default=_plain, ensure_ascii=False, indent=2) + "\n")


def show_table(
    frame: pl.DataFrame, columns: Mapping[str, str], *, title: str = "", digits: Mapping[str, int] | None = None
) -> None:
    """Print a frame: `columns` maps its columns to headings, in order; numbers are right-aligned."""
    table = RichTable(title=title or None, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for name, heading in columns.items():
        justify: Justify = "right" if frame.schema[name].is_numeric() else "left"
        table.add_column(heading, justify=justify, no_wrap=heading not in WRAPPED)
    for row in frame.select(columns.keys()).iter_rows():
        table.add_row(*(cell(v, (digits or {}).get(n, 2)) for n, v in zip(columns, row, strict=True)))
    out.print(table)


def show_rows(rows: Sequence[tuple[str, str]], *, title: str = "") -> None:
    """Print labelled values, one a line."""
    if title:
        out.print(f"[bold]{title}[/bold]")
    width = max((len(label) for label, _ in rows), default=0)
    for label, value in rows:
        out.print(f"  {label:<{width}}  {value}", soft_wrap=True)


def cell(value: object, digits: int = 2) -> str:
    """Return a value as a reader expects it: – for missing, fixed decimals, ISO dates, minutes of UTC."""
    match value:
        case None:
            return MISSING
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.{digits}f}"
        case int():
            return f"{value:,}"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M}"
        case list():
            return ", ".join(str(item) for item in value)
        case _:
            return str(value)


@contextmanager
def progress(title: str, *, quiet: bool) -> Iterator[Advance]:
    """Show a bar while work goes on (standard error, only on a terminal and not with --json)."""
    bar = Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=err, transient=True, disable=quiet or not err.is_terminal,
    )  # fmt: skip
    with bar:
        task = bar.add_task(title, total=None)

        def advance(what: str, done: int, total: int) -> None:
            bar.update(task, description=f"{title}: {what}", completed=done, total=total)

        yield advance


def _plain(value: object) -> object:
    if isinstance(value, pl.DataFrame):
        return value.to_dicts()
    if isinstance(value, date | datetime):
        return value.isoformat()
    if hasattr(value, "__dict__") or hasattr(value, "__dataclass_fields__"):
        return {name: getattr(value, name) for name in value.__dataclass_fields__}
    return str(value)
