"""The command that shows what the processes of one machine have written: logs."""

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from propcast.cli.context import place_of
from propcast.cli.machine import PANEL, HomeOption, LinesOption, settings_of
from propcast.cli.render import out
from propcast.cli.startup import print_json_line

if TYPE_CHECKING:
    from propcast.service.supervision.reading import Follower, Line

LOOK_EVERY_S = 0.25
_SEVERITIES = {"WARNING": "yellow", "ERROR": "red", "CRITICAL": "bold red"}
_KNOWN = ("time", "severity", "event", "service", "environment", "release", "revision", "trace_id", "span_id",
          "stack_trace")  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    app.command(rich_help_panel=PANEL)(logs)


def logs(
    context: typer.Context,
    service: Annotated[str, typer.Argument(metavar="[SERVICE]", help="One process; all without it.")] = "",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what is written, until Ctrl-C.")] = False,
    lines: Annotated[int, typer.Option("-n", "--lines", min=0, help="How many of the latest lines.")] = 50,
    home: HomeOption = None,
    as_json: LinesOption = False,
) -> None:
    """Show what the processes of `propcast up` have written, in the order of time.

    The processes are the six services, `bus`, `scheduler` and `supervisor`.

    Example:  propcast logs prediction-worker -f
    """
    from propcast.service.supervision import reading

    folder = place_of(settings_of(context, home)).logs
    names = [_logged(service)] if service else reading.sources(folder)
    if not follow and not any((folder / f"{name}.log").exists() for name in names):
        whose = f" of {service}" if service else ""
        out.print(f"· there is no log{whose} in {folder}; `propcast up` writes them", soft_wrap=True)
        return
    with reading.Follower(folder, names if service else ()) as follower:
        for line in reading.last_lines(folder, names, lines):
            show_log_line(line, as_json=as_json)
        if follow:
            _follow(follower, lambda line: show_log_line(line, as_json=as_json))


def _follow(follower: "Follower", show: Callable[..., None]) -> None:
    import time

    with suppress(KeyboardInterrupt):  # that is how it ends
        while True:
            for line in follower.new():
                show(line)
            time.sleep(LOOK_EVERY_S)


def show_log_line(line: "Line", *, as_json: bool) -> None:
    """Print a line of a log: as JSON as it was written, or for people."""
    fields = line.fields
    if as_json:
        print_json_line(dict(fields) or {"service": line.source, "text": line.text})
        return
    if not fields:
        out.print(Text(f"{'':<12} {line.source:<22} ", "dim"), Text(line.text), sep="", soft_wrap=True)
        return
    rest = "  ".join(f"{name}={value}" for name, value in fields.items() if name not in _KNOWN)
    severity = str(fields.get("severity", ""))
    event = Text(f"{fields.get('event', '')}", _SEVERITIES.get(severity, ""))
    time = str(fields.get("time", ""))[11:23]
    out.print(Text(f"{time:<12} {line.source:<22} ", "dim"), event, Text(f"  {rest}"), sep="", soft_wrap=True)
    if trace := fields.get("stack_trace"):
        out.print(Text(str(trace).rstrip(), "dim"), soft_wrap=True)


def _logged(name: str) -> str:
    from propcast.service.supervision import journal, plant

    return name if name == journal.NAME else plant.known(name)
