"""The `propcast` command: parse, call one function, render."""

import gc
from pathlib import Path
from typing import Annotated

import typer

from propcast.cli import (
    announcing,
    building,
    cloud,
    credentials,
    data,
    images,
    letters,
    logs,
    machine,
    manifest,
    models,
    monitoring,
    names,
    operate,
    packing,
    releases,
    rollouts,
    shipping,
    simulation,
    slates,
    smoke,
    standing,
    warehouse,
    watching,
)
from propcast.cli.context import Invocation
from propcast.cli.edge import Edge
from propcast.cli.render import out

HELP = """Forecast player props, grade them, and see whether the record is real.

\b
First time:     propcast import --from DIR     (or, without data: propcast simulate --until 2026-04-09)
A game day:     propcast day --sport nba --date 2025-10-24
Look at it:     propcast slate --sport nba --date 2025-10-24 --market points
The day after:  propcast grade --sport nba --date 2025-10-24

\b
Exit codes:  0 done
             1 failed
             2 usage or input
             3 a table's contract was broken
             4 inputs are not ready yet
             5 a model was refused
             6 a leak was detected
             7 somebody else changed the row first
             8 a store did not answer
             9 a credential was refused
            10 a store refused for good
           130 interrupted

With --json, standard output is one JSON document and nothing else; what went wrong is said on standard error.
"""

app = typer.Typer(
    help=HELP, cls=Edge, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    rich_markup_mode="rich", context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip


def show_version(wanted: bool) -> None:
    """Print the version and end."""
    if wanted:
        from importlib.metadata import version

        out.print(f"propcast {version('propcast')}")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    home: Annotated[
        Path | None,
        typer.Option(
            envvar="PROPCAST_HOME", help="Folder that holds everything PropCast stores. (default: ~/.propcast)"
        ),
    ] = None,
    _version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Remember where the home is; nothing is opened before a command needs it."""
    context.obj = Invocation(home)


for room in (
    data,
    warehouse,
    names,
    simulation,
    slates,
    models,
    machine,
    announcing,
    logs,
    smoke,
    credentials,
    operate,
    letters,
    manifest,
    images,
    packing,
    building,
    shipping,
    rollouts,
    releases,
    standing,
    monitoring,
    watching,
    cloud,
):
    room.register(app)


COLLECTED_AFTER = 100_000
"""Objects between two looks for garbage that refers to itself: a command ends before there is any worth it."""


def main() -> None:
    """Run the command line."""
    gc.set_threshold(COLLECTED_AFTER)
    app()


if __name__ == "__main__":
    main()
