"""The command that says what is missing: doctor."""

import os

import typer

from propcast.cli.context import JsonOption
from propcast.cli.machine import PANEL
from propcast.cli.render import out, show_json


def register(app: typer.Typer) -> None:
    """Add this room's command."""
    app.command(rich_help_panel=PANEL)(doctor)


def doctor(context: typer.Context, as_json: JsonOption = False) -> None:
    """Look at settings and stores, on one machine or on Google Cloud, and say in plain words what is missing.

    Exits with 1 for anything.

    Example:  propcast doctor
    """
    from propcast.backends.settings import load_settings
    from propcast.service.doctor import examine

    found = examine(load_settings(home=context.obj.home), os.environ)
    if as_json:
        show_json(found)
    else:
        for each in found:
            mark = "✗" if each.missing else "✓"
            out.print(f"{mark} {each.port} ({each.backend})", highlight=False)
            for told in each.missing:
                out.print(f"    {told}", soft_wrap=True, highlight=False, markup=False)
    raise typer.Exit(1 if any(each.missing for each in found) else 0)
