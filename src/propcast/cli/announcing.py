"""The command that hands a game day to the running services: announce."""

from typing import TYPE_CHECKING, Annotated

import typer

from propcast.cli.context import DateOption, JsonOption, SportOption, opened
from propcast.cli.render import err, out, show_json

if TYPE_CHECKING:
    from propcast.pipeline.announcing import Announced

PANEL = "Services"


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    app.command(rich_help_panel=PANEL)(announce)


def announce(
    context: typer.Context,
    sport: SportOption,
    date: DateOption,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until the slate is published.")] = True,
    patience: Annotated[float, typer.Option(min=1.0, help="Seconds to wait at most.")] = 300.0,
    as_json: JsonOption = False,
) -> None:
    """Tell the running services that there is news of a game day: they build, forecast, publish and grade.

    Example:  propcast announce --sport nba --date 2026-04-09
    """
    from propcast.pipeline.announcing import announce as publish
    from propcast.pipeline.announcing import await_slate

    backends = opened(context)
    since = publish(backends, sport, date)
    if not wait:
        out.print(f"announced {sport} {date}; `propcast status` shows how far it is", soft_wrap=True)
        return
    with err.status(f"{sport} {date}: analytics → features → shards → slate"):
        done = await_slate(backends, sport, date, since, patience, lambda: None)
    if as_json:
        show_json(done)
        return
    out.print(_sentence(done), soft_wrap=True)


def _sentence(done: "Announced") -> str:
    head = f"✓ {done.sport.upper()} {done.game_day}"
    if done.slate is None:
        return f"{head}: nobody to forecast ({done.seconds:.1f} s)"
    rows = done.slate.counts.get("predictions", 0)
    return f"{head}: batch {done.slate.batch_id[:12]} published, {rows:,} predictions, in {done.seconds:.1f} s"
