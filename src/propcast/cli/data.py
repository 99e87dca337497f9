"""Commands that bring data in and build on it: import, backfill."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from propcast.cli.context import FromOption, JsonOption, SportOption, ToOption, opened
from propcast.cli.render import STEP_COLUMNS, err, out, progress, show_json, show_table

if TYPE_CHECKING:
    from propcast.pipeline.importing import ImportReport


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    app.command("import")(import_)
    app.command()(backfill)


def import_(
    context: typer.Context,
    source: Annotated[
        Path | None, typer.Option("--from", envvar="PROPCAST_HISTORY", help="Folder of the history's Parquet files.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Import history into raw tables; a second run writes nothing.

    Every row is accounted for: in = written + unchanged + merged + held back. Files that are damaged or lack columns
    are refused whole, rows that cannot be true are held back with their reasons (`propcast status` counts them).

    Example: propcast import --from ../shared/data
    """
    from propcast.pipeline.importing import import_history

    backends = opened(context)
    folder = source or backends.settings.history
    with progress("importing", quiet=as_json) as advance:
        report = import_history(backends.warehouse, folder, backends.clock, advance)
    if as_json:
        show_json(report)
    else:
        show_import(folder, report)
    if report.refused:
        err.print(
            f"[red]✗[/red] {len(report.refused)} file(s) were refused; nothing of them was written", soft_wrap=True
        )
        raise typer.Exit(2)


def show_import(folder: Path, report: "ImportReport") -> None:
    """Print the summary table, then every reason for which a row or a file was not written."""
    rows = [
        {
            "file": file.name,
            "rows_in": file.rows_in,
            "written": file.written,
            "unchanged": file.unchanged,
            "merged": file.merged,
            "held_back": sum(file.quarantined.values()),
            "generated": file.generated,
            "seconds": file.seconds,
        }
        for file in report.files
    ]
    columns = {"file": "file", "rows_in": "rows in", "written": "written", "unchanged": "unchanged", "merged": "merged",
               "held_back": "held back", "generated": "generated", "seconds": "s to write"}  # fmt: skip
    show_table(pl.DataFrame(rows), columns, title=f"Imported {folder} in {report.seconds:.1f} s")
    for file in report.files:
        for reason, n in file.quarantined.items():
            out.print(f"  {file.name}: {n:,} held back: {reason}", soft_wrap=True)
        if file.refused is not None:
            out.print(f"  [red]refused[/red] {file.refused}", soft_wrap=True)
    if report.unresolved:
        out.print(f"  {report.unresolved} names wait for an alias (table unresolved_names)", soft_wrap=True)


def backfill(
    context: typer.Context, sport: SportOption, first: FromOption, last: ToOption, as_json: JsonOption = False
) -> None:
    """Build analytics and features for a span of game days, season by season.

    Example: propcast backfill --sport nba --from 2024-10-22 --to 2025-06-22
    """
    from propcast.pipeline.backfill import backfill as run
    from propcast.pipeline.span import Span

    backends = opened(context)
    with progress(f"backfilling {sport}", quiet=as_json) as advance:
        report = run(backends, Span(sport, first, last), advance)
    if as_json:
        show_json(report)
        return
    show_table(
        report.table(),
        STEP_COLUMNS,
        title=f"{sport.upper()} {first} … {last}",
    )
    for note in report.notes():
        out.print(note, soft_wrap=True)
