"""Commands that look at images: image closure, image selftest."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from propcast.cli.context import Invocation, JsonOption
from propcast.cli.machine import PANEL, require_delivery_extra
from propcast.cli.render import out, show_json
from propcast.cli.startup import waiting

if TYPE_CHECKING:
    from propcast.delivery.images.closure import Closure
    from propcast.delivery.images.report import Report

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


@image.command("selftest")
def selftest(
    context: typer.Context,
    service: ServiceArgument,
    checkout: CheckoutOption = HERE,
    here: Annotated[bool, typer.Option("--here", help="Test the image that this runs in, not a checkout.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Install exactly what a service's image will hold, and prove that it imports, loads, opens, boots and predicts.

    Exits with 1 when anything is missing; each finding says where and what to add. Of a clean checkout it is put on
    record: without that nothing is pushed or staged.

    Example:  propcast image selftest prediction-worker
    """
    if not here:
        require_delivery_extra()
    report = _tested(service, checkout, here=here, quiet=as_json)
    if as_json:
        show_json(report)
    else:
        _tell(report)
    if report.holds and not here:
        put_on_record(context, report.service, checkout, quiet=as_json)
    raise typer.Exit(0 if report.holds else 1)


def put_on_record(context: typer.Context, service: str, checkout: Path, *, quiet: bool = False) -> None:
    """Say in the home's state store that a service has passed its self-test at the commit of a clean checkout."""
    from propcast.core.errors import NotReady
    from propcast.delivery.images.building import commit_of
    from propcast.delivery.rollout import steps
    from propcast.delivery.rollout.planning import is_clean

    invocation: Invocation = context.obj
    try:
        commit = commit_of(checkout)
    except (NotReady, OSError):
        commit = ""
    if commit and is_clean(commit):
        steps.tested(invocation.open().state, service, commit)
    if not quiet:
        told = (
            f"on record for commit {commit[:12]}" if commit and is_clean(commit) else "not on record: no clean commit"
        )
        out.print(f"· {told}", style="dim")


def _tested(service: str, checkout: Path, *, here: bool, quiet: bool) -> "Report":
    if here:
        from propcast.delivery.images.inside import selftest_here

        return selftest_here(service)
    from propcast.delivery.images.checkout import Checkout
    from propcast.delivery.images.selftest import selftest

    with waiting(f"testing {service}", quiet=quiet):
        return selftest(Checkout(checkout), service)


def _tell(report: "Report") -> None:
    for proven in report.proofs:
        out.print(f"{'✓' if proven.holds else '✗'} {proven.proof}  {proven.seconds:.1f} s", soft_wrap=True)
        for finding in proven.findings:
            out.print(f"  {'!' if finding.warns else '✗'} {finding.told}", soft_wrap=True)
    if report.closure and report.installed:
        out.print(
            f"{report.service}: {report.installed / MEGABYTE:.0f} MB installed, closure {report.closure.hash[:12]}"
        )


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
