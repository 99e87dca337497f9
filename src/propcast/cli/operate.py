"""Commands for whoever keeps it running: status, doctor."""

from typing import Annotated

import typer

from propcast.cli.context import Invocation, JsonOption, opened, place_of
from propcast.cli.processes import in_short, show_processes
from propcast.cli.render import err, out, show_json, show_rows, show_table
from propcast.core.gameday import GameDay

PANEL = "Operation"
MARKS = {"pass": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "red")}


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    for command in (status, doctor):
        app.command(rich_help_panel=PANEL)(command)


def status(
    context: typer.Context,
    tables: Annotated[bool, typer.Option("--tables", help="Count the rows of every table too.")] = False,
    date: Annotated[
        GameDay | None,
        typer.Option(
            "--date",
            parser=GameDay.parse,
            metavar="YYYY-MM-DD",
            help="Show the games of this day and the day before. (default: today)",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show which processes run, whether the latest game days worked, what waits, and what the last runs did.

    Of two game days each game is followed from the schedule to its grades: how many participants, feature rows,
    quoted markets and graded lines it has got.

    Example:  propcast status --date 2025-10-24
    """
    from propcast.pipeline.status import status as read
    from propcast.service.supervision.overview import overview

    backends = opened(context)
    found = read(backends, tables=tables, day=date)
    processes = overview(place_of(backends.settings))
    if as_json:
        show_json({**vars(found), "processes": processes})
        return
    show_rows([*found.summary(), ("processes", in_short(processes))], title="Status")
    out.print()
    if processes:
        show_processes(processes)
        out.print()
    for problem in found.problems:
        out.print(f"✗ {problem}", style="red", soft_wrap=True)
    if not found.problems:
        out.print("✓ every attempt and every expected output is in order", style="green")
    for title, frame, columns in found.tables():
        out.print()
        show_table(frame, columns, title=title, spare=("predictions_stored", "seconds", "scheduled", "starts_at"))


def doctor(context: typer.Context, as_json: JsonOption = False) -> None:
    """Check this installation by using it: write, read, load every model and reproduce its golden predictions.

    Exits with 1 when something fails, and says what to do.

    Example:  propcast doctor
    """
    import os

    from propcast.pipeline.doctor import examine
    from propcast.service.bus_doctor import bus_checks

    invocation: Invocation = context.obj
    settings = invocation.settings()
    findings = examine(invocation.open, settings, bus_checks(settings, os.environ))
    if as_json:
        show_json(findings)
    else:
        for finding in findings:
            mark, style = MARKS[finding.status]
            out.print(mark, style=style, end=" ")
            out.print(f"{finding.check:<22} {finding.detail}", soft_wrap=True)
    failed = sum(finding.status == "fail" for finding in findings)
    if failed:
        err.print(f"✗ {failed} of {len(findings)} checks failed", soft_wrap=True)
        raise typer.Exit(1)
