"""Commands about what watches the services: monitoring render, monitoring lint."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from propcast.cli.context import JsonOption
from propcast.cli.machine import PANEL, require_delivery_extra
from propcast.cli.manifest import FILE, EnvironmentOption, FileOption
from propcast.cli.render import out, show_json

if TYPE_CHECKING:
    from propcast.delivery.manifest.reading import Laid
    from propcast.delivery.monitoring.rendering import Rendered

monitoring = typer.Typer(help="What watches the services: render it, compare it, apply it.", no_args_is_help=True)

NotifyOption = Annotated[
    list[str] | None,
    typer.Option("--notify", metavar="page=URL", help="Webhook of page, ticket, second or dead_man; may be repeated."),
]


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    app.add_typer(monitoring, name="monitoring", rich_help_panel=PANEL)


@monitoring.command("render")
def render_all(
    environment: EnvironmentOption = "local",
    file: FileOption = FILE,
    into: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Where the files go. (default: print names)")
    ] = None,
    notify: NotifyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write rules, dashboards, policies and checks of an environment; the same manifest gives the same files.

    Example:  propcast monitoring render --environment staging --out dist/monitoring
    """
    rendered = rendered_for(environment, file, notify)
    files = {**rendered.files, **{f"cloud/{name}.json": text for name, text in rendered.objects.items()}}
    if into is not None:
        from propcast.delivery.monitoring.rendering import write

        write(files, into)
    if as_json:
        show_json({"environment": environment, "files": sorted(files), "into": str(into) if into else None})
        return
    for name in sorted(files):
        out.print(name if into is None else f"✓ {into / name}", soft_wrap=True)


@monitoring.command("lint")
def lint_rules(environment: EnvironmentOption = "local", file: FileOption = FILE, as_json: JsonOption = False) -> None:
    """Refuse rules without owner, runbook or planted fault, or about metrics that are not declared. Exits with 1.

    Example:  propcast monitoring lint
    """
    laid = laid_out(environment, file)
    from propcast.delivery.monitoring.cardinality import AT_MOST, series_at_most, unbounded
    from propcast.delivery.monitoring.lint import objections
    from propcast.delivery.monitoring.table import RULES

    owners = {service.owner for service in laid.services.values()}
    found = objections(RULES, file.resolve().parents[1], owners)
    found += [f"{name} has labels that nobody has counted" for name in unbounded()]
    if (n := series_at_most()) > AT_MOST:
        found.append(f"there can be {n} series; {AT_MOST} are allowed")
    if as_json:
        show_json({"rules": len(RULES), "series_at_most": n, "violations": found})
    else:
        for sentence in found:
            out.print(f"✗ {sentence}", soft_wrap=True)
        if not found:
            out.print(f"✓ {len(RULES)} rules have owner, runbook and planted fault; {n} series at most")
    raise typer.Exit(1 if found else 0)


def laid_out(environment: str, file: Path) -> "Laid":
    """Return the manifest as it is in an environment."""
    require_delivery_extra()
    from propcast.delivery.manifest.reading import lay, read

    return lay(read(file), environment)


def rendered_for(environment: str, file: Path, notify: list[str] | None) -> "Rendered":
    """Return everything that watches an environment."""
    laid = laid_out(environment, file)
    from propcast.core.clock import SystemClock
    from propcast.delivery.monitoring.prometheus import places_of
    from propcast.delivery.monitoring.rendering import render

    return render(laid, SystemClock().now().date(), file, places_of(notify or ()))
