"""Commands about game days: day, slate, explain, grade, scorecard."""

import sys
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from propcast.cli.context import DateOption, FromOption, JsonOption, SportOption, ToOption, opened, span_of
from propcast.cli.render import STEP_COLUMNS, out, progress, show_json, show_table
from propcast.core.errors import InputError
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport

PANEL = "Game days"


class SlateFormat(StrEnum):
    """How a slate is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


SLATE_COLUMNS = {
    "player_name": "player", "game": "game", "market": "market", "line": "line", "mean": "mean",
    "p_over_raw": "P(over)", "p_over_market": "market's", "fair_over": "fair O", "fair_under": "fair U",
    "best": "best price", "ev_pct": "EV %", "stake_pct": "stake %", "decision": "decision", "why": "why",
}  # fmt: skip
SLATE_SPARE = ("stake_pct", "fair_under", "fair_over", "game", "best", "why", "p_over_market")
SLATE_DIGITS = {"line": 1, "mean": 1, "ev_pct": 1, "stake_pct": 2, "p_over_raw": 3, "p_over_market": 3}

SUM_COLUMNS = {"market": "market", "system": "system", "quoted": "quoted", "forecast": "forecast",
               "abstained": "abstained", "lines": "lines", "priced": "forecast lines", "bets": "bets"}  # fmt: skip
REASON_COLUMNS = {"status": "forecast", "decision": "decision", "reason": "reason code", "participants": "participants",
                  "lines": "lines"}  # fmt: skip

AsOfOption = Annotated[
    str | None, typer.Option("--as-of", metavar="INSTANT", help="Forecast as known at this UTC instant (ISO 8601).")
]


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    for command in (day, slate, explain, grade, scorecard):
        app.command(rich_help_panel=PANEL)(command)


def day(
    context: typer.Context, sport: SportOption, date: DateOption, as_of: AsOfOption = None, as_json: JsonOption = False
) -> None:
    """Run one game day: analytics → features → forecasts → decisions → published slate; grade the day before.

    On a past day each event is forecast as of its newest quotes before the start. Running again changes nothing.

    Example:  propcast day --sport nba --date 2025-10-24
    """
    from propcast.pipeline.day import run_day

    instant, backends = instant_of(as_of), opened(context)
    with progress(f"{sport} {date}", quiet=as_json) as advance:
        report = run_day(backends, sport, date, advance, as_of=instant)
    if as_json:
        parts = {"steps": report.steps(), "sums": report.sums(), "reasons": report.reasons(), "notes": report.notes()}
        show_json({"sport": sport, "game_day": date, **parts})
        return
    show_table(report.steps(), STEP_COLUMNS, title=f"{sport.upper()} {date}")
    out.print()
    if report.predictions.height:
        show_table(report.sums(), SUM_COLUMNS, title="Quoted participants and lines")
        out.print()
        show_table(report.reasons(), REASON_COLUMNS, title="Why lines are no bets")
        out.print()
    for note in report.notes():
        out.print(note, soft_wrap=True)


def slate(
    context: typer.Context,
    sport: SportOption,
    date: DateOption,
    market: Annotated[str | None, typer.Option(metavar="MARKET", help="Only this market.")] = None,
    system: Annotated[str | None, typer.Option(metavar="SYSTEM", help="This system, not the champion.")] = None,
    every_line: Annotated[bool, typer.Option("--every-line", help="Alternates too, not only the modal line.")] = False,
    format_: Annotated[SlateFormat, typer.Option("--format", help="How to print it.")] = SlateFormat.TABLE,
    as_json: JsonOption = False,
) -> None:
    """Show the published slate of a game day: probability, fair odds, best price, decision and why.

    P(over) is the system's own, beside the market's; fair odds are decimal and, like EV and stake, rest on the final
    (blended) probability. A narrow terminal leaves columns out; --format csv and --format json have everything.

    Example:  propcast slate --sport nba --date 2025-10-24 --market points
    """
    from propcast.pipeline.queries import slate as read

    found = read(opened(context), sport, date, market=market, system=system, every_line=every_line)
    if as_json or format_ is SlateFormat.JSON:
        show_json({"sport": sport, "game_day": date, "batch_id": found.batch_id, "rows": found.rows})
    elif format_ is SlateFormat.CSV:
        sys.stdout.write(found.flat().write_csv())
    elif found.rows.is_empty():
        out.print(found.title())
    else:
        columns = {name: heading for name, heading in SLATE_COLUMNS.items() if name != "market" or market is None}
        spare = [name for name in SLATE_SPARE if name in columns]
        show_table(found.shown(), columns, title=found.title(), digits=SLATE_DIGITS, spare=spare)


def explain(
    context: typer.Context,
    prediction_id: Annotated[str, typer.Argument(help="Id from `propcast slate --json`, or how it starts.")],
    as_json: JsonOption = False,
) -> None:
    """Show everything behind one prediction: inputs, quotes, versions, what moved it, decision, grade.

    Example:  propcast explain 5f2c19b0
    """
    from propcast.cli.explanation import show
    from propcast.pipeline.explaining import explain as read

    found = read(opened(context), prediction_id)
    if as_json:
        show_json(found)
    else:
        show(found)


def grade(context: typer.Context, sport: SportOption, date: DateOption, as_json: JsonOption = False) -> None:
    """Settle every prediction of a game day against the result, as known at noon UTC of the day after.

    Example:  propcast grade --sport nba --date 2025-10-24
    """
    from propcast.pipeline.grading import grade_day
    from propcast.pipeline.queries import without_games

    backends = opened(context)
    if without_games(backends, sport, date):
        show_nothing_to_settle(sport, date, as_json=as_json)
        return
    report = grade_day(backends, sport, date)
    if as_json:
        result = {"state": report.result.state, "reason": report.result.reason, "counts": report.result.counts}
        parts = {"sums": report.sums, "scores": report.scores}
        show_json({"sport": sport, "game_day": date, "batch_id": report.batch_id, **result, **parts})
        return
    for title, frame, columns in report.tables():
        show_table(frame, columns, title=title, digits=dict.fromkeys(frame.columns, 3))
        out.print()
    out.print(report.sentence(), soft_wrap=True)


def scorecard(
    context: typer.Context, sport: SportOption, first: FromOption, last: ToOption, as_json: JsonOption = False
) -> None:
    """Score every system against the market on the same rows of a span of graded days, with n and 95 % intervals.

    Example:  propcast scorecard --sport nba --from 2025-10-21 --to 2025-11-05
    """
    from propcast.pipeline.scorecards import scorecard as read

    found = read(opened(context), span_of(sport, first, last))
    if as_json:
        show_json({"sport": sport, "from": first, "to": last, "days": found.days, "rows": found.rows})
        return
    out.print(found.title(), style="bold")
    for title, frame, columns in found.tables():
        out.print()
        show_table(frame, columns, title=title, digits=dict.fromkeys(frame.columns, 3))
    for note in found.notes():
        out.print(note, soft_wrap=True)


def show_nothing_to_settle(sport: Sport, day: GameDay, *, as_json: bool) -> None:
    """Say that a day had no games, which is a success."""
    if as_json:
        result = {"batch_id": None, "state": "empty_ok", "reason": "no games", "counts": dict[str, int]()}
        show_json({"sport": sport, "game_day": day, **result, "sums": [], "scores": []})
    else:
        out.print(f"{sport.upper()} {day}: no games, nothing to settle")


def instant_of(text: str | None) -> datetime | None:
    """Return an instant with its zone; anything else is an `InputError`."""
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"{text!r} is not an instant; write it like 2025-10-24T21:30:00Z") from error
    if instant.tzinfo is None:
        raise InputError(f"{text!r} has no zone; end it with Z for UTC")
    return instant
