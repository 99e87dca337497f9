"""Commands about game days: day, slate, explain, grade, scorecard."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from propcast.cli.context import DateOption, FromOption, JsonOption, SportOption, ToOption, opened
from propcast.cli.render import STEP_COLUMNS, out, progress, show_json, show_rows, show_table
from propcast.core.errors import InputError


class SlateFormat(StrEnum):
    """How a slate is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


SLATE_COLUMNS = {
    "player_name": "player", "market": "market", "line": "line", "mean": "mean", "p_over_raw": "P(over)",
    "p_over_market": "market's", "fair_over": "fair over", "fair_under": "fair under", "best": "best price",
    "ev": "EV/unit", "decision": "decision", "why": "why",
}  # fmt: skip

AsOfOption = Annotated[
    str | None, typer.Option("--as-of", metavar="INSTANT", help="Forecast as known at this UTC instant (ISO 8601).")
]


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    for command in (day, slate, explain, grade, scorecard):
        app.command()(command)


def day(
    context: typer.Context, sport: SportOption, date: DateOption, as_of: AsOfOption = None, as_json: JsonOption = False
) -> None:
    """Run one game day: analytics → features → forecasts → decisions → published slate; grade the day before.

    On a past day each event is forecast as of its newest quotes before the start. Running again changes nothing.

    Example: propcast day --sport nba --date 2025-10-24
    """
    from propcast.pipeline.day import run_day

    with progress(f"{sport} {date}", quiet=as_json) as advance:
        report = run_day(opened(context), sport, date, advance, as_of=_instant(as_of))
    if as_json:
        show_json(report)
        return
    show_table(report.steps(), STEP_COLUMNS, title=f"{sport.upper()} {date}")
    out.print()
    show_table(report.sums(), {"market": "market", "system": "system", "quoted": "quoted", "forecast": "forecast",
                               "abstained": "abstained", "lines": "lines", "priced": "forecast lines",
                               "bets": "bets"}, title="Quoted participants and lines")  # fmt: skip
    out.print()
    heading = {"status": "forecast", "decision": "decision", "reason": "reason", "participants": "participants"}
    show_table(report.reasons(), {**heading, "lines": "lines"}, title="Why lines are no bets")
    out.print()
    for note in report.notes():
        out.print(note, soft_wrap=True)


def slate(
    context: typer.Context,
    sport: SportOption,
    date: DateOption,
    market: Annotated[str | None, typer.Option(help="Only this market.")] = None,
    system: Annotated[str | None, typer.Option(help="This system instead of the champion.")] = None,
    every_line: Annotated[bool, typer.Option("--every-line", help="Alternates too, not only the modal line.")] = False,
    format_: Annotated[SlateFormat, typer.Option("--format", help="How to print it.")] = SlateFormat.TABLE,
    as_json: JsonOption = False,
) -> None:
    """Show the published slate of a game day: probability, fair odds, best price, decision and why.

    Example: propcast slate --sport nba --date 2025-10-24 --market points
    """
    from propcast.pipeline.queries import slate as read

    found = read(opened(context), sport, date, market=market, system=system, every_line=every_line)
    if as_json or format_ is SlateFormat.JSON:
        show_json({"sport": sport, "game_day": str(date), "batch_id": found.batch_id, "rows": found.rows})
    elif format_ is SlateFormat.CSV:
        out.file.write(found.flat().write_csv())
    else:
        digits = {"line": 1, "mean": 1, "q50": 0, "ev": 3, "p_over_raw": 3, "p_over_market": 3}
        show_table(found.shown(), SLATE_COLUMNS, title=found.title(), digits=digits)


def explain(
    context: typer.Context,
    prediction_id: Annotated[str, typer.Argument(help="Id from `propcast slate --format json`.")],
    as_json: JsonOption = False,
) -> None:
    """Show everything behind one prediction: inputs, quotes, versions, contributions, decision, grade.

    Example: propcast explain 5f2c19b0a1d34e6f8a7b9c0d
    """
    from propcast.pipeline.queries import explain as read

    found = read(opened(context), prediction_id)
    if as_json:
        show_json(found.to_dict())
        return
    for title, rows in found.sections():
        show_rows(rows, title=title)
        out.print()


def grade(context: typer.Context, sport: SportOption, date: DateOption, as_json: JsonOption = False) -> None:
    """Settle every prediction of a game day against the result, as known at noon UTC of the day after.

    Example: propcast grade --sport nba --date 2025-10-24
    """
    from propcast.pipeline.grading import grade_day

    report = grade_day(opened(context), sport, date)
    if as_json:
        show_json(report)
        return
    for title, frame, columns in report.tables():
        show_table(frame, columns, title=title, digits=dict.fromkeys(frame.columns, 3))
        out.print()
    out.print(report.sentence(), soft_wrap=True)


def scorecard(
    context: typer.Context, sport: SportOption, first: FromOption, last: ToOption, as_json: JsonOption = False
) -> None:
    """Score every system against the market on the same rows of a span of graded days, with n and intervals.

    Example: propcast scorecard --sport nba --from 2025-10-21 --to 2025-11-05
    """
    from propcast.pipeline.scorecards import scorecard as read

    found = read(opened(context), sport, first, last)
    if as_json:
        show_json(found.rows)
        return
    show_table(found.wide(), found.columns(), title=found.title(), digits=dict.fromkeys(found.columns(), 3))


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"{text!r} is not an instant; write it like 2025-10-24T21:30:00Z") from error
    if instant.tzinfo is None:
        raise InputError(f"{text!r} has no zone; end it with Z for UTC")
    return instant
