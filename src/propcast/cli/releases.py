"""Commands that read the ledger of deployments: releases, releases show."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from propcast.cli.context import JsonOption, opened
from propcast.cli.render import MISSING, out, show_json, show_rows, show_table
from propcast.cli.rollouts import PANEL

if TYPE_CHECKING:
    from propcast.delivery.rollout.ledger import Deployment

releases = typer.Typer(help="What was deployed when, by whom, and how it was judged.")


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    app.add_typer(releases, name="releases", rich_help_panel=PANEL)


@releases.callback(invoke_without_command=True)
def list_releases(
    context: typer.Context,
    environment: Annotated[str | None, typer.Option("--environment", metavar="E", help="Only of this one.")] = None,
    service: Annotated[str | None, typer.Option("--service", metavar="S", help="Only of this one.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many to show at most.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Show the ledger of deployments, newest first.

    Example:  propcast releases --service prediction-worker
    """
    if context.invoked_subcommand:
        return
    import polars as pl

    from propcast.delivery.rollout.ledger import deployments

    found = deployments(opened(context).state, environment=environment, service=service, limit=limit)
    if as_json:
        show_json(found)
        return
    if not found:
        out.print("nothing was deployed yet; `propcast stage` and `propcast rollout` do")
        return
    columns = {"id": "deployment", "at": "at (UTC)", "kind": "what", "environment": "where", "service": "service",
               "release": "release", "digest": "digest", "who": "who", "outcome": "outcome",
               "reason": "reason"}  # fmt: skip
    show_table(pl.DataFrame([_row(each) for each in found]), columns, spare=("digest", "who", "environment"))


@releases.command("show")
def show_release(
    context: typer.Context,
    deployment: Annotated[str, typer.Argument(metavar="ID", help="As `propcast releases` shows it.")],
    as_json: JsonOption = False,
) -> None:
    """Show one deployment with the decision on every window: what went in, what came out, what followed.

    Example:  propcast releases show 20261126-051203-3f2a
    """
    from propcast.delivery.rollout import decisions, ledger
    from propcast.delivery.rollout.filing import known_rollout

    backends = opened(context)
    row = ledger.deployment(backends.state, deployment)
    record = known_rollout(backends.state, deployment)
    windows = record.windows if record else row.windows
    home = backends.settings.home.expanduser().absolute()
    decided = [decisions.read(home / window.file) for window in windows]
    if as_json:
        show_json({"deployment": row, "rollout": record, "decisions": decided})
        return
    show_rows([*_told(row), ("stands at", record.position if record else MISSING)], title=f"Deployment {row.id}")
    for each in decided:
        out.print()
        _show_decision(each)


def _row(each: "Deployment") -> dict[str, object]:
    return {
        "id": each.id, "at": each.opened_at, "kind": str(each.kind), "environment": each.environment,
        "service": each.service, "release": each.release or MISSING, "digest": each.digest[7:19], "who": each.who,
        "outcome": str(each.outcome or "open"), "reason": each.reason,
    }  # fmt: skip


def _told(row: "Deployment") -> list[tuple[str, str]]:
    before = f"{row.previous.revision} {dict(row.previous.weights)}" if row.previous else MISSING
    return [
        ("what", f"{row.kind} of {row.service} in {row.environment}, by {row.who}"),
        ("opened", f"{row.opened_at:%Y-%m-%d %H:%M:%S} UTC"),
        ("outcome", f"{row.outcome or 'open'} {row.reason}".strip()),
        ("image", f"{row.reference} {row.digest}"),
        ("revision", f"{row.revision}, release {row.release or MISSING}, configuration {row.config_hash}"),
        ("from", f"commit {row.commit}, manifest {row.manifest_hash}"),
        ("before", before),
    ]


def _show_decision(decision: dict[str, Any]) -> None:
    import polars as pl

    arms = [decision["evidence"][name] for name in ("canary", "baseline")]
    counted = ", ".join(f"{arm['revision']} {arm['organic']} + {arm['synthetic']} synthetic" for arm in arms)
    title = f"stage {decision['stage']} % window {decision['window']}: {decision['verdict']}"
    rows = [
        {"name": each["name"], "verdict": each["verdict"], "told": each["told"]}
        for each in decision["judgement"]["criteria"]
    ]
    schema = {"name": pl.String, "verdict": pl.String, "told": pl.String}
    columns = {"name": "criterion", "verdict": "verdict", "told": "why"}
    show_table(pl.DataFrame(rows, schema=schema), columns, title=title)
    out.print(f"  {counted}; then {decision['next_weights']}", style="dim", soft_wrap=True)
