"""Commands about what really watches the services: monitoring diff, monitoring apply."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from propcast.cli.context import JsonOption
from propcast.cli.manifest import FILE, EnvironmentOption, FileOption
from propcast.cli.monitoring import NotifyOption, laid_out, monitoring, rendered_for
from propcast.cli.render import out, show_json
from propcast.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from propcast.delivery.monitoring.target import Difference, MonitoringTarget

COMPARED = {"missing": "✗ missing:", "changed": "✗ different:", "left": "✗ declared no more:", "unknown": "✗ by hand:"}
APPLIED = {"missing": "✓ made", "changed": "✓ put right", "left": "✓ removed", "unknown": "· left alone, made by hand:"}

ToOption = Annotated[
    Path | None,
    typer.Option("--to", metavar="DIR", help="The folder that Prometheus and Grafana read. (default: Google Cloud)"),
]
ReloadOption = Annotated[
    list[str] | None,
    typer.Option("--reload", metavar="URL", help="Asked to read the files again; may be repeated."),
]


def register(_: typer.Typer) -> None:
    """Add this room's commands beside the others about monitoring."""
    monitoring.command("diff")(compare)
    monitoring.command("apply")(apply_all)


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
    _show(found, environment, COMPARED, as_json=as_json)
    raise typer.Exit(1 if found else 0)


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
    _show(apply(target, wanted), environment, APPLIED, as_json=as_json)


def _sides(
    environment: str, file: Path, to: Path | None, reload: "list[str] | tuple[str, ...]", notify: list[str] | None
) -> "tuple[MonitoringTarget, Mapping[str, str]]":
    rendered, laid = rendered_for(environment, file, notify), laid_out(environment, file)
    if to is not None:
        from propcast.delivery.monitoring.folder import Folder

        return Folder(to, tuple(reload)), rendered.files
    if laid.environment.backend != "gcp":
        raise InputError(f"{environment} is no project on Google Cloud; name the folder with --to DIR")
    from propcast.delivery.monitoring.cloud_shelves import shelves
    from propcast.delivery.monitoring.cloud_target import CloudMonitoring

    return CloudMonitoring(shelves(laid.environment.project_id)), rendered.objects


def _show(found: "Difference", environment: str, words: "Mapping[str, str]", *, as_json: bool) -> None:
    told = {"missing": found.missing, "changed": found.changed, "left": found.left, "unknown": found.unknown}
    if as_json:
        show_json({"environment": environment, **{kind: list(names) for kind, names in told.items()}})
        return
    for kind, names in told.items():
        for name in names:
            out.print(f"{words[kind]} {name}", soft_wrap=True)
    out.print(f"{found.same} of {environment} were as declared")
