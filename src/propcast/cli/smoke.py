"""The command that asks every service how it is: smoke."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from propcast.cli.context import Invocation, JsonOption, place_of
from propcast.cli.machine import PANEL, require_service_extra
from propcast.cli.render import err, out, show_json, show_table
from propcast.core.errors import InputError, PropCastError

if TYPE_CHECKING:
    from propcast.backends.settings import Settings
    from propcast.service.asking import Headers
    from propcast.service.health.body import HealthBody
    from propcast.service.smoke import Matrix

COULD_NOT_RUN = 3


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    app.command(rich_help_panel=PANEL)(smoke)


def smoke(
    context: typer.Context,
    environment: Annotated[
        str, typer.Option(metavar="E", help="local, staging or production. (default: PROPCAST_ENVIRONMENT, else local)")
    ] = "",
    service: Annotated[
        list[str] | None, typer.Option(metavar="S", help="Only this service, with its checks; may be repeated.")
    ] = None,
    deep: Annotated[bool, typer.Option("--deep", help="Let every service do its whole job too.")] = False,
    key_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="API key to show. (default on this machine: the key of the home)"),
    ] = None,
    expectations: Annotated[Path, typer.Option(metavar="FILE", help="Where failures are declared.")] = Path(
        "deploy/propcast.toml"
    ),
    as_json: JsonOption = False,
) -> None:
    """Ask the six services whether they are alive, ready and, with --deep, able to do their whole job.

    Exits with 0 when nothing fails but what is declared, 1 when something does or is silent, 2 for a wrong command, 3
    when the check itself could not run.

    Example:  propcast smoke --deep
    """
    require_service_extra()
    invocation: Invocation = context.obj
    settings = invocation.settings()
    where = environment or settings.environment
    try:
        matrix = _matrix(settings, where, service or [], expectations, key_file, deep=deep)
    except InputError:
        raise
    except (PropCastError, OSError) as error:
        err.print(f"✗ nothing was asked: {error}", soft_wrap=True)
        raise typer.Exit(COULD_NOT_RUN) from error
    if as_json:
        show_json(matrix.plain())
    else:
        show_matrix(matrix, with_checks=bool(service))
    raise typer.Exit(matrix.exit_code)


def show_matrix(matrix: "Matrix", *, with_checks: bool) -> None:
    """Print the matrix, and every check of the services in it."""
    from propcast.service.smoke import DEEP, render

    render(matrix, out)
    if not with_checks:
        return
    for row in matrix.rows:
        answers = (row.answers.get(path) for path in (DEEP, "/ready"))
        body = next((answer.body for answer in answers if answer is not None and answer.body is not None), None)
        if body is not None:
            out.print()
            show_checks(row.service, body)


def show_checks(service: str, body: "HealthBody") -> None:
    """Print every check of a service, failures first, then what was skipped and why."""
    import polars as pl

    order = {"fail": 0, "warn": 1, "pass": 2}
    rows = [
        {
            "check": key,
            "status": str(entry.status),
            "critical": entry.critical,
            "observed": "–" if entry.observed_value is None else f"{entry.observed_value} {entry.observed_unit}",
            "ms": entry.duration_ms,
            "why": entry.output or "",
        }
        for key, found in body.checks.items()
        for entry in found
    ]
    columns = {"check": "check", "status": "status", "critical": "critical", "observed": "observed", "ms": "took ms",
               "why": "why"}  # fmt: skip
    rows.sort(key=lambda row: (order[str(row["status"])], str(row["check"])))
    show_table(pl.DataFrame(rows), columns, title=service, digits={"ms": 1}, spare=("ms", "critical"))
    for key, reason in body.skipped.items():
        out.print(f"  {key} skipped: {reason}", style="dim", soft_wrap=True)


def _matrix(
    settings: "Settings", where: str, services: list[str], file: Path, key_file: Path | None, *, deep: bool
) -> "Matrix":
    from propcast.backends.world_clock import clock_of
    from propcast.service.expectations import load
    from propcast.service.smoke import take_matrix

    now = clock_of(settings).now()
    declared = load(where, now.date(), file)
    addresses = _addresses(settings, where)
    headers = _headers(settings, where, key_file)
    asking = take_matrix(addresses, declared, now, services=services, deep=deep, headers=headers)
    return asyncio.run(asking)


def _addresses(settings: "Settings", where: str) -> dict[str, str]:
    """Return where the services are: as the variable says; on this machine where they run in the home, or would."""
    from propcast.service.supervision import plant
    from propcast.service.variables import service_urls

    told = service_urls(settings.service_urls)
    if where != "local":
        lacking = [name for name in plant.addresses(settings.base_port) if name not in told]
        if lacking:
            raise InputError(f"nobody says where {', '.join(lacking)} is in {where}; set PROPCAST_SERVICE_URLS")
        return told
    record = place_of(settings).running()
    running = {kept.name: kept.address for kept in record.processes if kept.address} if record else {}
    return plant.addresses(settings.base_port) | running | told


def _headers(settings: "Settings", where: str, key_file: Path | None) -> "Headers":
    """Return the credential for each address: an API key, or what services of this machine show each other."""
    from propcast.service.asking import nobody
    from propcast.service.auth.keys import HEADER

    if key_file is not None:
        key = key_file.read_text(encoding="utf-8").strip()

        def shown(_: str) -> Mapping[str, str]:
            return {HEADER: key}

        return shown
    home = settings.home.expanduser().absolute()
    if where != "local" or not home.is_dir():
        return nobody
    from propcast.backends.bus.tokens import push_keys
    from propcast.backends.secrets.local import PUSH_KEY, local_secrets
    from propcast.backends.world_clock import clock_of
    from propcast.service.auth.push import LocalCaller

    secrets = local_secrets(home / "secrets", os.environ, generate=True)
    return LocalCaller(push_keys(secrets.get(PUSH_KEY))[0], clock_of(settings)).headers
