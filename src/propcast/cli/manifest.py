"""Commands about what is declared of the services: manifest check, manifest show."""

from pathlib import Path
from typing import Annotated

import typer

from propcast.cli.context import JsonOption
from propcast.cli.machine import PANEL, require_delivery_extra
from propcast.cli.render import out, show_json

manifest = typer.Typer(help="What is declared of the six services: check it, or show it.", no_args_is_help=True)

EnvironmentOption = Annotated[str, typer.Option("--environment", metavar="E", help="local, staging or production.")]
FileOption = Annotated[Path, typer.Option("--file", metavar="FILE", help="The manifest.")]
FILE = Path("deploy/propcast.toml")


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    app.add_typer(manifest, name="manifest", rich_help_panel=PANEL)


@manifest.command("check")
def check(environment: EnvironmentOption = "local", file: FileOption = FILE, as_json: JsonOption = False) -> None:
    """Compare the manifest with the code and with itself; every disagreement is in one report. Exits with 1 for any.

    Of staging and production it also says what is still to be filled in, and how.

    Example:  propcast manifest check --environment production
    """
    require_delivery_extra()
    from propcast.core.clock import SystemClock
    from propcast.delivery.manifest.agreement import violations
    from propcast.delivery.manifest.reading import Unreadable, read

    try:
        found = violations(read(file), environment, SystemClock().now().date(), file)
    except Unreadable as error:
        found = error.violations
    if as_json:
        show_json({"environment": environment, "violations": found})
    else:
        _tell(environment, file, found)
    raise typer.Exit(1 if found else 0)


@manifest.command("show")
def show(environment: EnvironmentOption = "local", file: FileOption = FILE, as_json: JsonOption = False) -> None:
    """Show every service as it is in an environment, its variables complete.

    Example:  propcast manifest show --environment staging --json
    """
    from propcast.delivery.manifest.reading import lay, read

    laid = lay(read(file), environment)
    if as_json:
        show_json(laid.plain())
        return
    for name, service in laid.services.items():
        given, rollout = service.resources, service.rollout
        out.print(name, style="bold")
        out.print(f"  {laid.url(name)}  {service.app}  extras: {', '.join(service.extras)}", soft_wrap=True)
        out.print(f"  {given.cpu} CPU, {given.memory_mib} MiB, {given.min_instances}-{given.max_instances} instances")
        out.print(f"  {rollout.strategy}: {', '.join(f'{stage} %' for stage in rollout.stages)}")
        for variable, value in laid.environ(name).items():
            out.print(f"  {variable}={value}", style="dim", soft_wrap=True)
        for variable, secret in service.secrets.items():
            out.print(f"  {variable} from secret {secret}", style="dim", soft_wrap=True)


def _tell(environment: str, file: Path, found: list[str]) -> None:
    for sentence in found:
        out.print(f"✗ {sentence}", soft_wrap=True)
    if not found:
        out.print(f"✓ {file} says of {environment} what the code says")
