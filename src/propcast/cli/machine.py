"""Commands that run the services of one machine: up, down."""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from propcast.cli.context import Invocation, place_of
from propcast.cli.render import out, show_json
from propcast.cli.startup import Announcer, waiting
from propcast.core.errors import InputError

if TYPE_CHECKING:
    from propcast.backends.settings import Settings

PANEL = "Services"

HomeOption = Annotated[Path | None, typer.Option("--home", metavar="DIR", help="Home, as before the command.")]
LinesOption = Annotated[bool, typer.Option("--json", help="Print one JSON document a line.")]


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    for command in (up, down):
        app.command(rich_help_panel=PANEL)(command)


def up(
    context: typer.Context,
    services: Annotated[
        str, typer.Option(metavar="A,B", help="Only these services, and the bus; the scheduler too if it is named.")
    ] = "",
    detach: Annotated[bool, typer.Option("--detach", "-d", help="Leave once everything is up.")] = False,
    base_port: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=65_530,
            envvar="PROPCAST_BASE_PORT",
            help="Port of the first service; the others follow. (default: 8080)",
        ),
    ] = None,
    home: HomeOption = None,
    as_json: LinesOption = False,
) -> None:
    """Start the six services, the bus and the scheduler of the day, and keep them running until Ctrl-C.

    What ends is started again, with growing pauses; what ends again and again is given up and said so. A second Ctrl-C
    waits for nobody. Every process writes to a file in logs/ of the home.

    Example:  propcast up --services prediction-coordinator,prediction-worker
    """
    require_service_extra()
    settings = settings_of(context, home, base_port)
    only = [name.strip() for name in services.split(",") if name.strip()]
    if detach:
        _up_in_background(settings, only, as_json=as_json)
        return
    from propcast.service.supervision.plant import undertaking
    from propcast.service.supervision.running import run

    wanted = undertaking(settings, os.environ, only)
    with Announcer(wanted.programs, as_json=as_json) as announcer:
        given_up = run(wanted, announcer.tell)
    if given_up:
        raise typer.Exit(1)


def _up_in_background(settings: "Settings", only: list[str], *, as_json: bool) -> None:
    from propcast.service.supervision.detached import started
    from propcast.service.supervision.plant import undertaking

    wanted = undertaking(settings, os.environ, only)
    environ = {**os.environ, "PROPCAST_BASE_PORT": str(settings.base_port)}
    with Announcer(wanted.programs, as_json=as_json, leaving=True) as announcer:
        for event in started(wanted.place.home, only, environ):
            announcer.tell(event)
    if announcer.given_up:
        raise typer.Exit(1)


def down(
    context: typer.Context,
    home: HomeOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """End what `propcast up` and rollouts started in this home, in order, also what a killed supervisor left behind.

    The next rollout brings back the revisions that ran, with the traffic that they had.

    Example:  propcast down
    """
    from propcast.delivery.targets.local.questions import NAME
    from propcast.service.supervision.ending import take_down
    from propcast.service.supervision.place import Place
    from propcast.service.supervision.times import Times

    place = place_of(settings_of(context, home))
    with waiting("ending the processes", quiet=as_json):
        ended = take_down(Place(place.home, NAME), Times()) + take_down(place, Times())
    if as_json:
        show_json(ended)
        return
    if not ended.processes:
        out.print(f"· nothing runs in {place.home}", soft_wrap=True)
        return
    killed = f", {ended.killed} of them killed: they did not end when asked" if ended.killed else ""
    out.print(f"✓ {ended.processes} processes ended in {ended.seconds:.1f} s{killed}", soft_wrap=True)


def require_service_extra() -> None:
    """Refuse where the libraries of the services are not installed."""
    if find_spec("uvicorn") is None:
        raise InputError("the services need more libraries; `pip install 'propcast[service]'`")


def require_delivery_extra() -> None:
    """Refuse where the libraries of delivery are not installed."""
    if find_spec("packaging") is None:
        raise InputError("delivery needs more libraries; `pip install 'propcast[delivery,service]'`")


def settings_of(context: typer.Context, home: Path | None, base_port: int | None = None) -> "Settings":
    """Return the settings, with what the command line says about home and ports."""
    invocation: Invocation = context.obj
    settings = invocation.settings(home)
    return settings if base_port is None else settings.model_copy(update={"base_port": base_port})
