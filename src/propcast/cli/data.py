"""Commands that bring data in and build on it: import, backfill."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from propcast.cli.context import FromOption, Invocation, JsonOption, SportOption, ToOption, opened, span_of
from propcast.cli.render import STEP_COLUMNS, err, out, progress, show_json, show_table

if TYPE_CHECKING:
    from propcast.pipeline.importing import ImportReport

PANEL = "Data"


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    app.command("import", rich_help_panel=PANEL)(import_)
    app.command(rich_help_panel=PANEL)(backfill)


def import_(
    context: typer.Context,
    source: Annotated[
        Path | None,
        typer.Option(
            "--from",
            envvar="PROPCAST_HISTORY",
            metavar="DIR",
            help="Folder of the history's Parquet files. (default: ../shared/data)",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Import history into raw tables; a second run writes nothing.

    Every row is accounted for: in = written + unchanged + merged + held back. Files that are damaged or lack columns
    are refused whole (exit code 2, the others are imported all the same); rows that cannot be true are held back with
    their reasons, and `propcast status` counts them.

    Example:  propcast import --from ../shared/data
    """  # fmt: skip
    from propcast.pipeline.importing import import_history

    invocation: Invocation = context.obj
    backends = invocation.open()
    folder = source or backends.settings.history
    with progress("importing", quiet=as_json) as advance:
        report = import_history(backends.warehouse, folder, backends.clock, advance)
    if as_json:
        show_json(report)
    else:
        show_import(folder, report)
    if report.refused:
        files = "1 file was" if len(report.refused) == 1 else f"{len(report.refused)} files were"
        err.print(f"✗ {files} refused; nothing of what was refused is written", soft_wrap=True)
        raise typer.Exit(report.exit_code)


def show_import(folder: Path, report: "ImportReport") -> None:
    """Print the summary table, then every reason for which a row or a file was not written."""
    import polars as pl

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
               "held_back": "held back", "generated": "generated", "seconds": "seconds"}  # fmt: skip
    show_table(pl.DataFrame(rows), columns, title=f"Imported {folder} in {report.seconds:.1f} s")
    for file in report.files:
        for reason, n in file.quarantined.items():
            out.print(f"  {file.name}: {n:,} held back: {reason}", soft_wrap=True)
        if file.refused is not None:
            out.print(f"  refused: {file.refused}", style="red", soft_wrap=True)
    if report.unresolved:
        out.print(f"  {report.unresolved:,} names wait for an answer: propcast names list", soft_wrap=True)


def backfill(
    context: typer.Context, sport: SportOption, first: FromOption, last: ToOption, as_json: JsonOption = False
) -> None:
    """Build analytics, lines and features for a span of game days, season by season; a second run writes nothing.

    Example:  propcast backfill --sport nba --from 2024-10-22 --to 2025-06-22
    """
    from propcast.pipeline.backfill import backfill as run

    span, backends = span_of(sport, first, last), opened(context)
    with progress(f"backfilling {sport}", quiet=as_json) as advance:
        report = run(backends, span, advance)
    if as_json:
        show_json({"sport": sport, "from": first, "to": last, "steps": report.table(), "notes": report.notes()})
        return
    show_table(report.table(), STEP_COLUMNS, title=f"{sport.upper()} {first} … {last}")
    for note in report.notes():
        out.print(note, soft_wrap=True)
