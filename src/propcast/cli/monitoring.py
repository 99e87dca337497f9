"""Commands about what watches the services: monitoring render, diff, apply, lint."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from propcast.cli.context import JsonOption
from propcast.cli.machine import PANEL, require_delivery_extra
from propcast.cli.manifest import FILE, EnvironmentOption, FileOption
from propcast.cli.render import out, show_json
from propcast.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from propcast.delivery.manifest.reading import Laid
    from propcast.delivery.monitoring.rendering import Rendered
    from propcast.delivery.monitoring.target import Difference, MonitoringTarget

monitoring = typer.Typer(help="What watches the services: render it, compare it, apply it.", no_args_is_help=True)

ToOption = Annotated[
    Path | None,
    typer.Option("--to", metavar="DIR", help="The folder that Prometheus and Grafana read. (default: Google Cloud)"),
]
ReloadOption = Annotated[
    list[str] | None,
    typer.Option("--reload", metavar="URL", help="Asked to read the files again; may be repeated."),
]
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
    rendered = _rendered(environment, file, notify)
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
    laid = _laid(environment, file)
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


@monitoring.command("diff")
def compare(
    environment: EnvironmentOption = "local",
    file: FileOption = FILE,
    to: ToOption = None,
    notify: NotifyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare what watches an environment with what is declared, in both directions. Exits with 1 for any difference.

    Example:  propcast monitoring diff --environment local --to /etc/propcast/monitoring
    """
    from propcast.delivery.monitoring.target import difference

    target, wanted = _sides(environment, file, to, (), notify)
    found = difference(target, wanted)
    _show(found, environment, as_json=as_json)
    raise typer.Exit(1 if found else 0)


@monitoring.command("apply")
def apply_all(
    environment: EnvironmentOption = "local",
    file: FileOption = FILE,
    to: ToOption = None,
    reload: ReloadOption = None,
    notify: NotifyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make what watches an environment what is declared; what was made by hand is named and stays.

    Example:  propcast monitoring apply --to /etc/propcast/monitoring --reload http://127.0.0.1:9090/-/reload
    """
    from propcast.delivery.monitoring.target import apply

    target, wanted = _sides(environment, file, to, reload or (), notify)
    _show(apply(target, wanted), environment, as_json=as_json)


def _laid(environment: str, file: Path) -> "Laid":
    require_delivery_extra()
    from propcast.delivery.manifest.reading import lay, read

    return lay(read(file), environment)


def _rendered(environment: str, file: Path, notify: list[str] | None) -> "Rendered":
    laid = _laid(environment, file)
    from propcast.core.clock import SystemClock
    from propcast.delivery.monitoring.prometheus import places_of
    from propcast.delivery.monitoring.rendering import render

    return render(laid, SystemClock().now().date(), file, places_of(notify or ()))


def _sides(
    environment: str, file: Path, to: Path | None, reload: "list[str] | tuple[str, ...]", notify: list[str] | None
) -> "tuple[MonitoringTarget, Mapping[str, str]]":
    rendered, laid = _rendered(environment, file, notify), _laid(environment, file)
    if to is not None:
        from propcast.delivery.monitoring.folder import Folder

        return Folder(to, tuple(reload)), rendered.files
    if laid.environment.backend != "gcp":
        raise InputError(f"{environment} is no project on Google Cloud; name the folder with --to DIR")
    from propcast.delivery.monitoring.cloud_shelves import shelves
    from propcast.delivery.monitoring.cloud_target import CloudMonitoring

    return CloudMonitoring(shelves(laid.environment.project_id)), rendered.objects


def _show(found: "Difference", environment: str, *, as_json: bool) -> None:
    told = {"missing": found.missing, "changed": found.changed, "left": found.left, "unknown": found.unknown}
    if as_json:
        show_json({"environment": environment, **{kind: list(names) for kind, names in told.items()}})
        return
    words = {
        "missing": "is missing",
        "changed": "differs",
        "left": "is declared no more",
        "unknown": "was made by hand",
    }
    for kind, names in told.items():
        for name in names:
            out.print(f"✗ {name} {words[kind]}", soft_wrap=True)
    out.print(f"✓ {found.same} objects of {environment} are as declared", soft_wrap=True)
