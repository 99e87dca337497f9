"""Commands about messages that nobody could handle: dead-letters list, replay, discard."""

import getpass
from typing import Annotated

import typer

from propcast.cli.context import JsonOption, opened
from propcast.cli.operate import PANEL
from propcast.cli.render import out, show_json, show_table

letters = typer.Typer(help="Messages that nobody could handle: list, send again, discard.", no_args_is_help=True)

IdsArgument = Annotated[list[str], typer.Argument(metavar="ID...", help="As `propcast dead-letters list` shows them.")]


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    app.add_typer(letters, name="dead-letters", rich_help_panel=PANEL)


@letters.command("list")
def list_letters(
    context: typer.Context,
    topic: Annotated[str | None, typer.Option("--topic", help="Only those of this topic.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many to show at most.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """Show the messages that wait for somebody, oldest first, with why each was given up.

    Example:  propcast dead-letters list --topic prediction-request
    """
    import polars as pl

    from propcast.backends.state import deadletters

    found = deadletters.waiting(opened(context).state, topic=topic, limit=limit)
    if as_json:
        show_json(found)
        return
    if not found:
        out.print("✓ no dead letter waits", style="green")
        return
    rows = [{"id": each.id, "topic": each.topic, "at": each.at, "reason": each.reason} for each in found]
    show_table(pl.DataFrame(rows), {"id": "id", "topic": "topic", "at": "since (UTC)", "reason": "reason"})


@letters.command("replay")
def replay_letters(context: typer.Context, ids: IdsArgument, as_json: JsonOption = False) -> None:
    """Send messages again, each under the key it first had: what it had done already is not done twice.

    Example:  propcast dead-letters replay raw-ready/3f2a-17
    """
    from propcast.pipeline.revival import replay

    state, by = opened(context).state, getpass.getuser()
    for letter_id in ids:
        replay(state, letter_id, by)
    _told("replayed", ids, as_json=as_json)


@letters.command("discard")
def discard_letters(
    context: typer.Context,
    ids: IdsArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why; it stands in the audit trail.")],
    as_json: JsonOption = False,
) -> None:
    """Let messages wait no more; they stay readable, and the audit trail says who discarded them and why.

    Example:  propcast dead-letters discard raw-ready/3f2a-17 --reason "a test that went wrong"
    """
    from propcast.pipeline.revival import discard

    state, by = opened(context).state, getpass.getuser()
    for letter_id in ids:
        discard(state, letter_id, by, reason)
    _told("discarded", ids, as_json=as_json)


def _told(what: str, ids: list[str], *, as_json: bool) -> None:
    if as_json:
        show_json({what: ids})
        return
    out.print(f"✓ {what}: {', '.join(ids)}", soft_wrap=True)
