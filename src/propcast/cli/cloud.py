"""Commands about what an environment stands on in Google Cloud: cloud plan, cloud apply, cloud destroy."""

from typing import TYPE_CHECKING, Annotated

import typer

from propcast.cli.context import JsonOption
from propcast.cli.manifest import FILE, FileOption
from propcast.cli.render import out, show_json

if TYPE_CHECKING:
    from pathlib import Path

    from propcast.delivery.cloud.opening import Cloud
    from propcast.delivery.cloud.planning import Difference, Plan

cloud = typer.Typer(
    help="What an environment stands on in Google Cloud: bucket, datasets, secrets, topics, subscriptions, bindings.",
    no_args_is_help=True,
)
MARKS = {"missing": "+", "different": "~", "unknown": "?", "unreadable": "✗"}

EnvironmentOption = Annotated[str, typer.Option("--environment", metavar="E", help="staging or production.")]
PlainOption = Annotated[bool, typer.Option("--no-color", help="Print no colours.")]
DataOption = Annotated[
    list[str] | None,
    typer.Option("--delete-data", metavar="NAME", help="Remove this too, with what is in it; may be repeated."),
]
ConfirmOption = Annotated[
    str, typer.Option("--confirm", metavar="E", help="The environment again; without it nothing is removed.")
]


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    for command in (plan, apply, destroy):
        cloud.command()(command)
    app.add_typer(cloud, name="cloud", rich_help_panel="Delivery")


def plan(
    environment: EnvironmentOption = "staging",
    file: FileOption = FILE,
    as_json: JsonOption = False,
    no_color: PlainOption = False,
) -> None:
    """Print what is missing, different or unknown, and change nothing. Exits with 1 for anything but unknown things.

    Example:  propcast cloud plan --environment staging
    """
    from propcast.delivery.cloud.planning import plan as planned

    _without_color(no_color)
    found = planned(_opened(environment, file).shelves())
    if as_json:
        show_json(found)
    else:
        _show(environment, found)
    raise typer.Exit(1 if found.to_do or found.unreadable else 0)


def apply(
    environment: EnvironmentOption = "staging",
    file: FileOption = FILE,
    as_json: JsonOption = False,
    no_color: PlainOption = False,
) -> None:
    """Print the plan, then make what is missing and change what differs. A second run does nothing.

    Unknown things are left alone. What can't be read is an error before anything is changed.

    Example:  propcast cloud apply --environment staging
    """
    from propcast.core.errors import StoreUnavailable
    from propcast.delivery.cloud import planning

    _without_color(no_color)
    shelves = _opened(environment, file).shelves()
    found = planning.plan(shelves)
    if not as_json:
        _show(environment, found)
    if found.unreadable:
        raise StoreUnavailable(f"nothing was changed: {found.unreadable[0].told}")
    done = planning.apply(shelves, found, _quiet if as_json else _tell)
    if as_json:
        show_json({"environment": environment, "plan": found, "changed": done})
    else:
        out.print(f"✓ {done} changed")


def destroy(
    environment: EnvironmentOption = "staging",
    delete_data: DataOption = None,
    confirm: ConfirmOption = "",
    file: FileOption = FILE,
    as_json: JsonOption = False,
    no_color: PlainOption = False,
) -> None:
    """Print what would be removed and, with --confirm, remove it. What holds data goes only if --delete-data names it.

    Things that nobody declared are left alone. A kind may be named for all its things, such as subscription.

    Example:  propcast cloud destroy --environment staging --delete-data subscription --confirm staging
    """
    from propcast.core.errors import InputError
    from propcast.delivery.cloud import planning

    _without_color(no_color)
    shelves = _opened(environment, file).shelves()
    wanted = planning.removals(shelves, delete_data or [])
    if confirm and confirm != environment:
        raise InputError(f"--confirm {confirm!r} is not the environment {environment!r}; nothing was removed")
    if not as_json:
        for each in wanted:
            told = f"  = {each.kind} {each.name}: {each.kept}" if each.kept else f"  - {each.kind} {each.name}"
            out.print(told, soft_wrap=True, highlight=False)
    done = planning.remove(shelves, wanted) if confirm else 0
    if as_json:
        show_json({"environment": environment, "removals": wanted, "removed": done})
    else:
        out.print(f"✓ {done} removed" if confirm else f"nothing was removed; say --confirm {environment} to do it")


def _opened(environment: str, file: "Path") -> "Cloud":
    from propcast.core.errors import InputError
    from propcast.delivery.manifest.reading import lay, read

    try:
        from propcast.delivery.cloud.opening import opened
    except ImportError as error:
        raise InputError("this needs Google's clients: pip install 'propcast[cloud,gcp]'") from error
    return opened(lay(read(file), environment))


def _show(environment: str, found: "Plan") -> None:
    for each in found.differences:
        _tell(each)
    counts = (
        f"{len(found.to_do)} to do, {len(found.differences) - len(found.to_do)} to look at, {found.same} as declared"
    )
    out.print(f"{environment}: {counts}", soft_wrap=True, highlight=False)


def _tell(each: "Difference") -> None:
    told = f": {each.told}" if each.told else ""
    out.print(f"  {MARKS[each.state]} {each.kind} {each.name}{told}", soft_wrap=True, highlight=False, markup=False)


def _quiet(_: object) -> None:
    return


def _without_color(no_color: bool) -> None:
    if no_color:
        out.no_color = True
