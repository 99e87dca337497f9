"""Commands for names that no rule resolved: list them, say who they are."""

from typing import Annotated

import typer

from propcast.cli.context import JsonOption, SportOption, opened
from propcast.cli.render import out, show_json, show_table
from propcast.core.sport import Sport

PANEL = "Data"
COLUMNS = {
    "sport": "sport", "raw_name": "name", "vendor": "vendor", "rows": "rows", "events": "events",
    "candidates": "candidates",
}  # fmt: skip

SHOWN = 3
"""Candidates shown per name; --json has them all."""

names = typer.Typer(
    help="Names that no rule resolved: list them, or say who they are and bring their rows back.",
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    app.add_typer(names, name="names", rich_help_panel=PANEL)


@names.command("list")
def list_names(
    context: typer.Context,
    sport: Annotated[Sport | None, typer.Option(help="Only names of this sport.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the names that wait for an answer, those with most rows first.

    Example:  propcast names list --sport nba
    """
    from propcast.pipeline.naming import waiting_names

    found = waiting_names(opened(context), sport)
    if as_json:
        show_json(found)
        return
    if found.is_empty():
        out.print("✓ no name waits for an answer", style="green")
        return
    show_table(found.with_columns(found["candidates"].list.head(SHOWN)), COLUMNS, title="Names that wait for an answer")
    out.print("Say who one is:  propcast names resolve NAME PARTICIPANT_ID --sport SPORT", soft_wrap=True)


@names.command("resolve")
def resolve(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The name as the vendor spells it.")],
    participant_id: Annotated[str, typer.Argument(help="Whose name it is, e.g. nba:1628976.")],
    sport: SportOption,
    vendor: Annotated[str, typer.Option(help="Only when this vendor says it; * is any vendor.")] = "*",
    as_json: JsonOption = False,
) -> None:
    """Say who a name is: the alias is kept, and the rows that waited for it are written.

    Example:  propcast names resolve "Nic Claxton" nba:1629651 --sport nba
    """
    from propcast.pipeline.naming import resolve_name

    done = resolve_name(opened(context), sport, name, participant_id, vendor)
    if as_json:
        show_json(done)
        return
    replay = done.replay
    out.print(f"{name} is {done.full_name} ({participant_id}).", soft_wrap=True)
    out.print(
        f"{replay.replayed:,} rows were held back for it: {replay.written:,} written, {replay.still_held:,} still held."
    )
