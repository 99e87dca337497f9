"""Commands about models: train, backtest, models publish."""

import getpass
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from propcast.cli.context import (
    Invocation,
    JsonOption,
    MarketOption,
    SportOption,
    market_of,
    opened,
    season_of,
)
from propcast.cli.manifest import FILE, EnvironmentOption, FileOption
from propcast.cli.render import out, progress, show_json, show_rows, show_table
from propcast.core.errors import InputError, LeakDetected
from propcast.core.gameday import GameDay
from propcast.pipeline.plain import plain

if TYPE_CHECKING:
    from propcast.forecast.report import BacktestReport

PANEL = "Models"

models = typer.Typer(help="What becomes of registered models: publish them.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    for command in (train, backtest):
        app.command(rich_help_panel=PANEL)(command)
    app.add_typer(models, name="models", rich_help_panel=PANEL)


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

    It serves game days from --until on, never earlier ones.

    Example:  propcast train --sport nba --market points --until 2024-10-22
    """
    from propcast.pipeline.training import train_market

    chosen, backends = market_of(sport, market), opened(context)
    with progress(f"training {chosen.name}", quiet=as_json) as advance:
        report = train_market(backends, sport, chosen, until, advance)
    if as_json:
        show_json(report)
        return
    show_rows(report.rows(), title=f"Trained {report.model_id}")


def backtest(
    context: typer.Context,
    sport: SportOption,
    market: MarketOption,
    season: Annotated[str, typer.Option(metavar="SEASON", help="Season to score: 2024-25 (NBA) or 2025 (MLB).")],
    history: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Import this folder into a temporary home first; default: the current home."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the report here: .html with plots, or .json.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Score a season walk-forward: models fitted on earlier seasons, the market on the same rows. Takes minutes.

    Exits with 6 when a result is too good to be true.

    Example:  propcast backtest --sport nba --market points --season 2024-25 --report reports/points.html
    """
    from propcast.pipeline.backtesting import run_backtest

    chosen, named = market_of(sport, market), season_of(sport, season)
    require_writable(report)
    invocation: Invocation = context.obj
    open_backends = invocation.open if history is not None else lambda: opened(context)
    with progress(f"backtesting {chosen.name} {named}", quiet=as_json) as advance:
        result = run_backtest(open_backends, sport, chosen, named, history, advance)
    if report is not None:
        write_report(result, report)
    if as_json:
        show_json(result.to_dict())
    else:
        show_backtest(result, report)
    if result.leak_suspected:
        raise LeakDetected(
            f"{len(result.suspicions)} results are too good to be true; find the leak before you believe any of them"
        )


@models.command("publish")
def publish_model(
    context: typer.Context,
    model_id: Annotated[str, typer.Argument(metavar="MODEL", help="The model's id, as `propcast train` says it.")],
    environment: EnvironmentOption,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="DIR", help="The home of that environment, where it is a folder.")
    ] = None,
    file: FileOption = FILE,
    as_json: JsonOption = False,
) -> None:
    """Copy a model's artefact into an environment, prove it there, and register it. Publishing again changes nothing.

    Exits with 5 when the artefact is not what its registry row says, or gives other golden predictions there.

    Example:  propcast models publish boosted-points-3f2a91c04b7e --environment local --to /srv/propcast
    """
    from propcast.delivery.manifest.reading import lay, read
    from propcast.pipeline.publication import publish

    backend = lay(read(file), environment).environment.backend
    if backend != "local":
        raise InputError(
            f"{environment} keeps its objects on Google Cloud, and there is no adapter for that yet: "
            "it comes with PROPCAST_BACKEND=gcp; nothing was copied"
        )
    if to is None:
        raise InputError(f"{environment} is a folder; name its home with --to DIR")
    invocation: Invocation = context.obj
    done = publish(opened(context), invocation.open(to), model_id, getpass.getuser())
    if as_json:
        show_json(done)
        return
    how = "is published" if done.new else "was there already, and is well"
    out.print(f"✓ {done.model_id} {how}: {done.object_key}, {done.golden_rows} golden rows agree", soft_wrap=True)


def show_backtest(result: "BacktestReport", path: Path | None) -> None:
    """Print the tables and notes of a backtest, and where its report is."""
    for title, frame, columns in result.tables():
        show_table(frame, columns, title=title, digits=dict.fromkeys(frame.columns, 3))
        out.print()
    for note in result.notes():
        out.print(note, soft_wrap=True)
    if path is not None:
        out.print(f"report: {path}", soft_wrap=True)


def require_writable(path: Path | None) -> None:
    """Refuse a report file that could not be written, before the minutes of work, making its folder.

    Raises:
        InputError: another ending, no such page without the plotting package, or a folder in its place.
    """
    if path is None:
        return
    if path.suffix not in (".html", ".json"):
        raise InputError(f"{path} is neither .html nor .json; choose one of the two")
    if path.is_dir():
        raise InputError(f"{path} is a folder; name a file in it")
    if path.suffix == ".html":
        _require_plots()
    path.parent.mkdir(parents=True, exist_ok=True)


def write_report(result: "BacktestReport", path: Path) -> None:
    """Write the report as a page with plots (.html) or as data (.json)."""
    if path.suffix == ".json":
        path.write_text(json.dumps(plain(result.to_dict()), indent=2, allow_nan=False), encoding="utf-8")
        return
    from propcast.forecast.page import page

    path.write_text(page(result), encoding="utf-8")


def _require_plots() -> None:
    from importlib.util import find_spec

    if find_spec("matplotlib") is None:
        raise InputError("plots need matplotlib; `pip install 'propcast[report]'`, or write the report as .json")
