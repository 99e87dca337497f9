"""Commands about releases on one machine: release pack."""

from pathlib import Path
from typing import Annotated

import typer

from propcast.cli.context import JsonOption
from propcast.cli.images import HERE, CheckoutOption
from propcast.cli.machine import PANEL, require_delivery_extra
from propcast.cli.render import out, show_json

release = typer.Typer(help="Releases on one machine: folders that a rollout takes like images.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    app.add_typer(release, name="release", rich_help_panel=PANEL)


@release.command("pack")
def pack(
    folder: Annotated[Path, typer.Option("--out", metavar="DIR", help="A folder that is empty or not there.")],
    service: Annotated[str, typer.Option(metavar="S", help="For this service alone. (default: for all six)")] = "",
    name: Annotated[str, typer.Option("--release", metavar="R", help="Its name. (default: the version)")] = "",
    dirty: Annotated[bool, typer.Option("--dirty", help="Pack changes that are in no commit too; it says so.")] = False,
    checkout: CheckoutOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Copy the package of a checkout into a folder that can be rolled out, and print its reference.

    Example:  propcast release pack --out releases/1.15.0
    """
    require_delivery_extra()
    from propcast.delivery.targets.local.packing import pack

    packed = pack(checkout, folder, service=service, release=name, dirty=dirty)
    if as_json:
        show_json({"reference": packed.image.reference, **packed.build})
    else:
        out.print(f"{packed.image.reference}@{packed.digest}", soft_wrap=True)


@release.command("spoil")
def spoil(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A release.")],
    fault: Annotated[str, typer.Option("--fault", metavar="F", help="What to plant; another word lists all.")],
    into: Annotated[Path, typer.Option("--out", metavar="DIR", help="A folder that is empty or not there.")],
    as_json: JsonOption = False,
) -> None:
    """Copy a release and plant a fault in the copy: something that a rollout must catch.

    Example:  propcast release spoil releases/1.15.0 --fault errors --out releases/bad
    """
    from propcast.delivery.targets.local.faults import FAULTS
    from propcast.delivery.targets.local.planting import plant
    from propcast.delivery.targets.local.release import read

    spoiled = plant(read(folder.absolute()), fault, into.absolute())
    if as_json:
        show_json({"reference": spoiled.image.reference, "fault": fault, **spoiled.build})
    else:
        out.print(f"{spoiled.image.reference}@{spoiled.digest}  {FAULTS[fault].told}", soft_wrap=True)
