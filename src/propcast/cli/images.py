"""Commands about images: image closure, selftest, lint, build, push."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from propcast.cli.context import JsonOption
from propcast.cli.machine import PANEL
from propcast.cli.render import out, show_json
from propcast.core.errors import InputError

if TYPE_CHECKING:
    from propcast.delivery.images.closure import Closure

image = typer.Typer(
    help="Images: what a service needs, the proof that it is all there, and the build.", no_args_is_help=True
)

ServiceArgument = Annotated[str, typer.Argument(metavar="SERVICE", help="One of the six services.")]
CheckoutOption = Annotated[Path, typer.Option("--checkout", metavar="DIR", help="The checkout. (default: this folder)")]
HERE = Path()
MEGABYTE = 1_000_000


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    app.add_typer(image, name="image", rich_help_panel=PANEL)


@image.command("closure")
def closure(service: ServiceArgument, checkout: CheckoutOption = HERE, as_json: JsonOption = False) -> None:
    """Show everything that a service can come to import, imports inside functions too. Exits with 1 when it lacks any.

    Example:  propcast image closure prediction-worker
    """
    require_delivery_extra()
    from propcast.delivery.images.checkout import Checkout

    found = Checkout(checkout).closure(service)
    if as_json:
        show_json(found)
    else:
        _show(found)
    raise typer.Exit(1 if found.violations else 0)


def require_delivery_extra() -> None:
    """Refuse where the libraries of this room are not installed."""
    from importlib.util import find_spec

    if find_spec("packaging") is None:
        raise InputError("images need more libraries; `pip install 'propcast[delivery,service]'`")


def _show(found: "Closure") -> None:
    import polars as pl

    from propcast.cli.render import show_table

    parts = sorted(found.distributions, key=lambda part: -part.size)
    rows = [
        {"name": part.name, "version": part.version, "mb": part.size / MEGABYTE, "because": part.because}
        for part in parts
    ]
    columns = {"name": "distribution", "version": "version", "mb": "MB", "because": "because of"}
    show_table(pl.DataFrame(rows), columns, title=f"{found.service} ({', '.join(found.extras)})", digits={"mb": 1})
    counted = f"{len(found.own)} modules of ours, {len(found.outside)} of others, {len(found.data)} data files"
    out.print(f"{counted}, {len(parts)} distributions, {found.size / MEGABYTE:.0f} MB", soft_wrap=True)
    for library in found.native:
        out.print(f"{library.name} for {library.distribution}: {library.found or 'not found'}", soft_wrap=True)
    out.print(f"closure {found.hash[:12]}", style="dim")
    for violation in found.violations:
        out.print(f"✗ {violation.told}", soft_wrap=True)
