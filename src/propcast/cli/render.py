"""How the command line shows things: aligned numbers with units, progress on long work, or JSON."""

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from rich.cells import cell_len
from rich.console import Console

from propcast.pipeline.plain import plain

if TYPE_CHECKING:
    import polars as pl

    from propcast.pipeline.progress import Advance

Justify = Literal["left", "right"]

WIDE = 180
"""Columns of output that goes nowhere near a terminal and whose width nobody set."""


class Screen(Console):
    """A console on which a reader who has left is an error for the edge to judge."""

    def on_broken_pipe(self) -> None:
        """Raise what rich would end the program for."""
        raise BrokenPipeError


_measured = sys.stdout.isatty() or "COLUMNS" in os.environ
out = Screen(width=None if _measured else WIDE, highlight=False, markup=False, emoji=False)
err = Screen(stderr=True, highlight=False, markup=False, emoji=False)

MISSING = "–"
GAP = 2

STEP_COLUMNS = {
    "span": "game days", "step": "step", "state": "state", "rows": "rows", "new": "new rows", "trips": "round trips",
    "seconds": "seconds",
}  # fmt: skip

WRAPPED = frozenset({"why", "note", "reason", "what is wrong"})
"""Headings of columns that may fold when a line is too narrow; all others are kept whole."""

LEAST_WRAPPED = 24
"""Characters that a column which may fold gets at the least."""


def show_json(payload: object) -> None:
    """Print one JSON document on standard output."""
    sys.stdout.write(json.dumps(plain(payload), ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def show_table(
    frame: "pl.DataFrame",
    columns: Mapping[str, str],
    *,
    title: str = "",
    digits: Mapping[str, int] | None = None,
    spare: Sequence[str] = (),
) -> None:
    """Print a frame: `columns` maps its columns to headings, in order; numbers are right-aligned.

    Where the line is too narrow, columns of `spare` are left out, the first ones first, and named below the table.
    """
    from rich.table import Table as RichTable

    cells = {name: [cell(value, (digits or {}).get(name, 2)) for value in frame[name].to_list()] for name in columns}
    kept = fitting(columns, cells, spare, out.width)
    table = RichTable(header_style="bold", box=None, pad_edge=False, padding=(0, GAP, 0, 0))
    for name in kept:
        justify: Justify = "right" if frame.schema[name].is_numeric() else "left"
        table.add_column(columns[name], justify=justify, no_wrap=columns[name] not in WRAPPED)
    for row in zip(*(cells[name] for name in kept), strict=True):
        table.add_row(*row)
    if title:
        out.print(title, style="bold", soft_wrap=True)
    out.print(table)
    if left_out := [columns[name] for name in columns if name not in kept]:
        out.print(f"left out on {out.width} columns: {', '.join(left_out)}", style="dim", soft_wrap=True)


def fitting(
    columns: Mapping[str, str], cells: Mapping[str, Sequence[str]], spare: Sequence[str], width: int
) -> list[str]:
    """Return the columns that fit on a line, in order: spare ones go first to last until the others have room."""
    needed = {name: _width(heading, cells[name]) for name, heading in columns.items()}
    kept = list(columns)
    for name in (name for name in spare if name in columns):
        if sum(needed[k] for k in kept) + GAP * (len(kept) - 1) <= width:
            break
        kept.remove(name)
    return kept


def _width(heading: str, cells: Sequence[str]) -> int:
    widest = max((cell_len(text) for text in (heading, *cells)), default=0)
    return min(widest, LEAST_WRAPPED) if heading in WRAPPED else widest


def show_rows(rows: Sequence[tuple[str, str]], *, title: str = "") -> None:
    """Print labelled values, one a line."""
    if title:
        out.print(title, style="bold")
    width = max((cell_len(label) for label, _ in rows), default=0)
    for label, value in rows:
        out.print(f"  {label}{' ' * (width - cell_len(label))}  {value}", soft_wrap=True)


def cell(value: object, digits: int = 2) -> str:
    """Return a value as a reader expects it: – for missing, fixed decimals, ISO dates, minutes of UTC."""
    match value:
        case None:
            return MISSING
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{round(value, digits) + 0.0:,.{digits}f}" if value == value else MISSING  # no -0.00
        case int():
            return f"{value:,}"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M}"
        case list():
            return ", ".join(str(item) for item in value)
        case _:
            return str(value)


@contextmanager
def progress(title: str, *, quiet: bool) -> Iterator["Advance"]:
    """Show a bar while work goes on (standard error, only on a terminal and not with --json)."""
    if quiet or not err.is_terminal:
        yield _unseen
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    bar = Progress(
        SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(),
        TimeElapsedColumn(), console=err, transient=True,
    )  # fmt: skip
    with bar:
        task = bar.add_task(title, total=None)

        def advance(what: str, done: int, total: int) -> None:
            bar.update(task, description=f"{title}: {what}", completed=done, total=total)

        yield advance


def _unseen(what: str, done: int, total: int) -> None:
    """Report to nobody."""
