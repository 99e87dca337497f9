"""The command that gives a release its traffic in stages: rollout; and what it shares with others of its kind."""

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from propcast.cli.context import JsonOption, opened
from propcast.cli.images import ServiceArgument
from propcast.cli.machine import require_delivery_extra, require_service_extra
from propcast.cli.manifest import FILE, FileOption
from propcast.cli.render import err, out, show_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from propcast.delivery.rollout.composing import Site
    from propcast.delivery.rollout.controller import Controller
    from propcast.delivery.rollout.driving import Ended
    from propcast.delivery.rollout.means import Means, Tell
    from propcast.delivery.rollout.planning import Asked
    from propcast.delivery.rollout.record import Record
    from propcast.delivery.rollout.stopping import Stops

PANEL = "Delivery"

EnvironmentOption = Annotated[str, typer.Option("--environment", metavar="E", help="local, staging or production.")]
TargetOption = Annotated[
    str, typer.Option("--target", metavar="T", help="local or cloudrun. (default: where the environment runs)")
]
ImageOption = Annotated[
    str, typer.Option("--image", metavar="REF", help="What to run, e.g. dir:/path or NAME@sha256:…; resolved once.")
]
ConfirmOption = Annotated[bool, typer.Option("--confirm", help="A variable that what serves now has is meant to go.")]


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    app.command(rich_help_panel=PANEL)(rollout)


def rollout(
    context: typer.Context,
    service: ServiceArgument,
    image: ImageOption = "",
    environment: EnvironmentOption = "local",
    target: TargetOption = "",
    stages: Annotated[
        str,
        typer.Option(metavar="0,5,50,100", help="Percents of the traffic, one after the other. (default: manifest)"),
    ] = "",
    monitoring_duration: Annotated[
        float | None, typer.Option(min=1.0, metavar="S", help="Seconds of a window. (default: manifest)")
    ] = None,
    min_requests: Annotated[
        int | None, typer.Option(metavar="N", help="Requests that each arm must have answered. (default: manifest)")
    ] = None,
    error_margin: Annotated[float, typer.Option(metavar="M", help="Share of errors that is still as good.")] = 0.02,
    max_windows: Annotated[int, typer.Option(metavar="N", help="Windows before a stage pauses.")] = 3,
    synthetic_rate: Annotated[
        float, typer.Option(metavar="R", help="Requests a second to each arm beside the real ones; 0 sends none.")
    ] = 7.0,
    forecast_change: Annotated[
        bool,
        typer.Option(
            "--forecast-change", help="The release declares that its forecasts, or the tables that it writes, change."
        ),
    ] = False,
    confirm: ConfirmOption = False,
    resume: Annotated[
        str, typer.Option(metavar="ID", help="Go on with a rollout that was interrupted or paused.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print every call; change nothing.")] = False,
    file: FileOption = FILE,
    as_json: JsonOption = False,
) -> None:
    """Give a release its traffic in stages, each judged against a fresh start of what is stable; or take it all back.

    Exits with 0 when it is promoted, 1 when it failed and was rolled back, 2 when it was refused, 3 when it paused for
    want of evidence, 4 when the way back is not proven. Ctrl-C once goes back and exits with 130, twice ends at once.

    Example:  propcast rollout prediction-worker --image dir:/srv/releases/1.4.0
    """
    from propcast.core.errors import InputError
    from propcast.delivery.rollout import driving
    from propcast.delivery.rollout.planning import Asked

    if bool(image) == bool(resume):
        raise InputError("name either the --image of a new rollout or the one to --resume")
    site, name = site_for(context, service, environment, target, file)
    asked = Asked(
        name, getpass.getuser(), image, _percents(stages), monitoring_duration, min_requests, error_margin, max_windows,
        synthetic_rate, forecast_change, confirm,
    )  # fmt: skip
    if dry_run:
        _rehearse(site, asked, as_json=as_json)
        return

    def begin(means: "Means", stops: "Stops") -> "Controller":
        if resume:
            return driving.resume(means, resume, stops)
        return driving.begin(means, asked, site.declared, stops)

    finish(drive(site, name, target, begin, quiet if as_json else tell), as_json=as_json)


def drive(
    site: "Site", service: str, target: str, begin: "Callable[[Means, Stops], Controller]", tell: "Tell"
) -> "Ended":
    """Drive a rollout to its end, watched over and with Ctrl-C heeded, and return how it ended."""
    from propcast.delivery.rollout import driving
    from propcast.delivery.rollout.stopping import Stops

    means, stops = site.means(service, tell), Stops()
    site.stand_by(target)
    with stops.listening():
        return driving.drive(means, begin(means, stops), stops)


def site_for(context: typer.Context, service: str, environment: str, target: str, file: Path) -> "tuple[Site, str]":
    """Return where commands about rollouts work, and the service's own name."""
    require_service_extra()
    require_delivery_extra()
    from propcast.delivery.rollout.composing import site_of
    from propcast.service import catalogue

    name = catalogue.service(service).name if service else ""
    return site_of(opened(context), environment, target, file), name


def _percents(text: str) -> tuple[int, ...] | None:
    from propcast.core.errors import InputError

    try:
        return tuple(int(each) for each in text.split(",")) if text else None
    except ValueError:
        raise InputError(f"--stages {text!r} are no percents; write them like 0,5,50,100") from None


def _rehearse(site: "Site", asked: "Asked", *, as_json: bool) -> None:
    from propcast.delivery.rollout.driving import planned
    from propcast.delivery.rollout.rehearsing import calls

    plan = planned(site.means(asked.service), asked, site.declared)
    if as_json:
        show_json({"plan": plan, "calls": list(calls(plan))})
        return
    for number, call in enumerate(calls(plan), 1):
        out.print(f"{number:2}. {call}", soft_wrap=True)
    out.print("nothing was changed", style="dim")


def tell(record: "Record") -> None:
    """Print where a rollout stands now."""
    from propcast.delivery.rollout.record import share_of
    from propcast.delivery.rollout.states import Phase

    said = record.position
    if record.phase is Phase.INTENT and not record.over:
        said = f"{said}: {share_of(record.weights)}"
    if record.phase is Phase.JUDGED and record.windows and not record.resting:
        said = f"{said}: window {record.windows[-1].number} {record.windows[-1].verdict}"
    out.print(f"· {said}", soft_wrap=True)


def quiet(_: "Record") -> None:
    """Say nothing."""


def finish(ended: "Ended", *, as_json: bool) -> None:
    """Print how a rollout ended, and end with its code."""
    if as_json:
        show_json({"exit_code": ended.exit_code, "told": ended.sentence, "rollout": ended.record})
    elif ended.exit_code:
        err.print(f"✗ {ended.sentence}", soft_wrap=True)
    else:
        out.print(f"✓ {ended.sentence}", soft_wrap=True)
    raise typer.Exit(ended.exit_code)
