"""The `propcast` command: parse, call one function, render."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from propcast.cli import data, models, operate, slates
from propcast.cli.context import Invocation
from propcast.cli.render import err
from propcast.core.errors import PropCastError

HELP = """Forecast player props, grade them, and see whether the record is real.

Exit codes: 0 done · 1 failed · 2 usage or input · 3 a table's contract was broken · 4 inputs not ready ·
5 a model was refused · 6 a leak was detected · 7 somebody else changed the row first.
"""

app = typer.Typer(help=HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def root(
    context: typer.Context,
    home: Annotated[
        Path | None, typer.Option(envvar="PROPCAST_HOME", help="Folder that holds everything PropCast stores.")
    ] = None,
) -> None:
    """Remember where the home is; nothing is opened before a command needs it."""
    context.obj = Invocation(home)


for room in (data, models, slates, operate):
    room.register(app)


def main() -> None:
    """Run the command line; errors we raise on purpose become one sentence and an exit code."""
    try:
        app(standalone_mode=True)
    except PropCastError as error:
        err.print(f"[red]✗[/red] {error}", markup=True, soft_wrap=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
