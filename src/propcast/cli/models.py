"""Commands about models: train, backtest."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from propcast.cli.context import Invocation, JsonOption, MarketOption, SportOption, opened
from propcast.cli.render import out, progress, show_json, show_rows, show_table
from propcast.core.errors import InputError
from propcast.core.gameday import GameDay

if TYPE_CHECKING:
    from propcast.forecast.report import BacktestReport


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    app.command()(train)
    app.command()(backtest)


def train(
    context: typer.Context,
    sport: SportOption,
    market: MarketOption,
    until: Annotated[
        GameDay, typer.Option("--until", parser=GameDay.parse, metavar="YYYY-MM-DD", help="First game day not used.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Fit the boosted system on every game day before --until and register the artefact.

    Example: propcast train --sport nba --market points --until 2024-10-22
    """
    from propcast.pipeline.training import train_market

    backends = opened(context)
    with progress(f"training {market.name}", quiet=as_json) as advance:
        report = train_market(backends, sport, market, until, advance)
    if as_json:
        show_json(report)
        return
    show_rows(report.rows(), title=f"Trained {report.model_id}")


def backtest(
    context: typer.Context,
    sport: SportOption,
    market: MarketOption,
    season: Annotated[str, typer.Option(help="Season to score, e.g. 2024-25 (NBA) or 2025 (MLB).")],
    history: Annotated[
        Path | None, typer.Option(help="Import this folder into a temporary home first; default: the current home.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write the report here: .html with plots, or .json.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Score a season walk-forward: models fitted on earlier seasons, the market on the same rows.

    Example: propcast backtest --sport nba --market points --season 2024-25 --report reports/points.html
    """
    from propcast.pipeline.backtesting import run_backtest

    invocation: Invocation = context.obj
    with progress(f"backtesting {market.name} {season}", quiet=as_json) as advance:
        result = run_backtest(invocation.open, sport, market, season, history, advance)
    if report is not None:
        write_report(result, report)
    if as_json:
        show_json(result.to_dict())
        return
    for title, frame, columns in result.tables():
        show_table(frame, columns, title=title, digits=dict.fromkeys(frame.columns, 3))
        out.print()
    for note in result.notes():
        out.print(note, soft_wrap=True)
    if report is not None:
        out.print(f"report: {report}", soft_wrap=True)


def write_report(result: "BacktestReport", path: Path) -> None:
    """Write the report as a page with plots (.html) or as data (.json), making its folder."""
    if path.suffix not in (".html", ".json"):
        raise InputError(f"{path} is neither .html nor .json; choose one of the two")
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".json":
        path.write_text(json.dumps(result.to_dict(), default=str, indent=2), encoding="utf-8")
        return
    from propcast.forecast.page import page

    path.write_text(page(result), encoding="utf-8")
