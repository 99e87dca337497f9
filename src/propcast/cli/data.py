"""Commands that bring data in and build on it: import, backfill."""

from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from propcast.cli.context import FromOption, JsonOption, SportOption, ToOption, opened
from propcast.cli.render import STEP_COLUMNS, err, out, progress, show_json, show_table


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
        show_table(
            pl.DataFrame([file.summary() for file in report.files]),
            {
                "file": "file", "rows_in": "rows in", "written": "written", "unchanged": "unchanged", "merged": "merged",
                "held_back": "held back", "generated": "generated", "seconds": "s",
            },
            title=f"Imported {folder}",
        )  # fmt: skip
        for line in report.messages():
            out.print(line, soft_wrap=True)
    if report.refused:
        err.print(
            f"[red]✗[/red] {len(report.refused)} file(s) were refused; nothing of them was written", soft_wrap=True
        )
        raise typer.Exit(2)


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
