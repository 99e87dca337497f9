"""Commands about who may do what: keys, users."""

import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from propcast.cli.context import Invocation, JsonOption
from propcast.cli.machine import PANEL, require_service_extra
from propcast.cli.render import out, show_json
from propcast.core.errors import InputError
from propcast.service.access import Role

if TYPE_CHECKING:
    from propcast.service.auth.accounts import Accounts
    from propcast.service.auth.keys import ApiKeys
    from propcast.service.auth.store import StateStore

keys = typer.Typer(help="API keys for programs: make one, or end one.", no_args_is_help=True)
users = typer.Typer(help="Accounts for the console: add one, or disable one.", no_args_is_help=True)

RoleOption = Annotated[Role, typer.Option("--role", help="What it may do; each role includes the ones before it.")]


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    app.add_typer(keys, name="keys", rich_help_panel=PANEL)
    app.add_typer(users, name="users", rich_help_panel=PANEL)


@keys.command("create")
def create_key(
    context: typer.Context,
    role: RoleOption,
    owner: Annotated[str, typer.Option(metavar="NAME", help="Whose key it is; it stands in the audit trail.")],
    service: Annotated[
        list[str] | None, typer.Option(metavar="S", help="Only good at this service; may be repeated. (default: all)")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="Days until it ends.")] = 90,
    as_json: JsonOption = False,
) -> None:
    """Make an API key and print it this once; it goes into the header X-API-Key.

    Example:  propcast keys create --role operator --owner nightly-job
    """
    from propcast.service import catalogue

    require_service_extra()
    names = [catalogue.service(name).name for name in service or ()] or [entry.name for entry in catalogue.SERVICES]
    key = _keys(context).issue(owner, role, names, timedelta(days=days))
    if as_json:
        show_json({"key": key, "owner": owner, "role": role, "services": names, "days": days})
        return
    out.print(key, soft_wrap=True)
    out.print(f"{role} at {', '.join(names)}, for {days} days; it is not shown again", style="dim", soft_wrap=True)
    out.print(f"end it:  propcast keys revoke {_number(key)}", style="dim", soft_wrap=True)


@keys.command("revoke")
def revoke_key(
    context: typer.Context,
    number: Annotated[str, typer.Argument(help="The 16 digits in the middle of the key, or the key.")],
    as_json: JsonOption = False,
) -> None:
    """End an API key now; one that is gone already is fine.

    Example:  propcast keys revoke 0123456789abcdef
    """
    require_service_extra()
    wanted = _number(number) if number.startswith("pck_") else number
    _keys(context).revoke(wanted)
    if as_json:
        show_json({"revoked": wanted})
        return
    out.print(f"✓ the key {wanted} is no good any more")


@users.command("add")
def add_user(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(help="Small letters, digits, and . _ @ + -; an e-mail address for who signs in elsewhere.")
    ],
    role: RoleOption = Role.VIEWER,
    from_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input instead of asking.")
    ] = False,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="Only whom PROPCAST_OIDC_ISSUER knows by this e-mail signs in.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Add an account, or give an existing one a new password and role.

    Example:  propcast users add ada --role operator
    """
    require_service_extra()
    accounts = _accounts(context)
    was_there = accounts.exists(name)
    if no_password:
        accounts.save_without_password(name, role)
    else:
        accounts.save(name, _password(from_stdin=from_stdin), role)
    if as_json:
        show_json({"name": name, "role": role, "is_new": not was_there})
        return
    done = "has a new password and is" if was_there and not no_password else "may sign in as"
    out.print(f"✓ {name} {done} {role}", soft_wrap=True)


@users.command("disable")
def disable_user(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Who may sign in no more.")],
    as_json: JsonOption = False,
) -> None:
    """Let an account sign in no more; what it has open ends with it.

    Example:  propcast users disable ada
    """
    require_service_extra()
    accounts = _accounts(context)
    if not accounts.exists(name):
        raise InputError(f"there is no account {name!r}; `propcast users add {name}` makes one")
    accounts.disable(name)
    if as_json:
        show_json({"disabled": name})
        return
    out.print(f"✓ {name} may sign in no more", soft_wrap=True)


def _store(context: typer.Context) -> "StateStore":
    from propcast.service.auth.store import StateStore

    invocation: Invocation = context.obj
    return StateStore(invocation.open().state)


def _keys(context: typer.Context) -> "ApiKeys":
    from propcast.service.auth.keys import ApiKeys

    invocation: Invocation = context.obj
    return ApiKeys(_store(context), invocation.open().clock, service="")


def _accounts(context: typer.Context) -> "Accounts":
    from propcast.service.auth.accounts import Accounts

    return Accounts(_store(context))


def _password(*, from_stdin: bool) -> str:
    """Return a password that never was on the command line, where others could read it."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    asked: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return asked


def _number(key: str) -> str:
    return key.split("_")[1]
