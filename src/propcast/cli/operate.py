"""Commands for whoever keeps it running: status, doctor."""

import typer

from propcast.cli.context import Invocation, JsonOption, opened
from propcast.cli.render import out, show_json, show_rows, show_table


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    app.command()(status)
    app.command()(doctor)


def status(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show what the home holds, what the latest days owe and have, and what the last runs did."""
    from propcast.pipeline.status import status as read

    found = read(opened(context))
    if as_json:
        show_json(found)
        return
    show_rows(found.summary(), title="Home")
    for title, frame, columns in found.tables():
        out.print()
        show_table(frame, columns, title=title)


def doctor(context: typer.Context, as_json: JsonOption = False) -> None:
    """Check this installation by using it: write, read, load every model and reproduce its golden predictions.

    Exits with 1 when something fails, and says what to do.
    """
    from propcast.pipeline.doctor import examine

    invocation: Invocation = context.obj
    findings = examine(invocation.open, invocation.settings())
    if as_json:
        show_json(findings)
    else:
        marks = {"pass": "[green]✓[/green]", "warn": "[yellow]![/yellow]", "fail": "[red]✗[/red]"}
        for finding in findings:
            out.print(f"{marks[finding.status]} {finding.check:<28} {finding.detail}", soft_wrap=True)
    if any(finding.status == "fail" for finding in findings):
        raise typer.Exit(1)
