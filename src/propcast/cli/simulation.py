"""The command that makes a world up: simulate."""

from typing import TYPE_CHECKING, Annotated

import typer

from propcast.cli.context import Invocation, JsonOption
from propcast.cli.render import out, progress, show_json, show_table
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport

if TYPE_CHECKING:
    from propcast.pipeline.simulating import SimulationReport

PANEL = "Data"
BOTH = "both"
NOON_UTC = 16
"""Noon Eastern in summer, eleven in winter: quotes are up, no game has begun."""


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    app.command(rich_help_panel=PANEL)(simulate)


def simulate(
    context: typer.Context,
    until: Annotated[
        GameDay | None,
        typer.Option(
            parser=GameDay.parse,
            metavar="YYYY-MM-DD",
            help="Today, in the simulated world: quotes of this day are known, results only of the days before. "
            "(default: the day that the world's clock shows)",
        ),
    ] = None,
    sport: Annotated[str, typer.Option(metavar="nba|mlb|both", help="League, or both.")] = BOTH,
    seasons: Annotated[int, typer.Option(min=1, help="Seasons of each league, the one of --until included.")] = 2,
    seed: Annotated[int, typer.Option(min=0, help="Which world; a home holds one.")] = 1,
    scale: Annotated[
        int, typer.Option(min=1, help="Leagues side by side: 100 makes a slate a hundred times as big.")
    ] = 1,
    quoted_days: Annotated[int, typer.Option(min=1, help="Days up to --until that have quotes.")] = 30,
    days: Annotated[
        int | None, typer.Option(min=1, help="Tell only this many days up to --until. (default: whole seasons)")
    ] = None,
    clock: Annotated[
        bool, typer.Option("--clock", help="Let a clock run in this home, from noon Eastern of --until.")
    ] = False,
    today: Annotated[bool, typer.Option("--today", help="Only print the day that the world's clock shows.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make up leagues of fictional people, everything labelled SIMULATED; a second run writes nothing.

    Games, box scores, line-ups and quotes are drawn from known laws and a seed; a later --until adds days and changes
    none. The laws are kept apart, in the table `truth`, which no forecast reads. A home holds a simulated world or an
    observed one, never both.

    Example:  propcast simulate --sport both --seasons 2 --until 2026-04-09
    """
    from propcast.pipeline.simulating import Simulation
    from propcast.pipeline.simulating import simulate as run

    invocation: Invocation = context.obj
    if today:
        out.print(str(_today(invocation, None, clock=False)))
        return
    wanted = Simulation(
        until=_today(invocation, until, clock=clock),
        sports=tuple(Sport) if sport == BOTH else (sport_of(sport),),
        seasons=seasons,
        seed=seed,
        scale=scale,
        quoted_days=quoted_days,
        days=days,
    )
    with progress("simulating", quiet=as_json) as advance:
        report = run(invocation.open(), wanted, advance)
    if as_json:
        show_json(report)
    else:
        show_simulation(report)


def _today(invocation: Invocation, until: GameDay | None, *, clock: bool) -> GameDay:
    """Return the day of the world, whose clock is started if that is asked for; once it runs it is not set again."""
    from propcast.backends.world_clock import clock_of, has_world_clock, start_world_clock

    settings = invocation.settings()
    if clock and until is not None:
        start_world_clock(settings.home, until.at_utc(NOON_UTC))
    if until is None and not has_world_clock(settings.home):
        raise typer.BadParameter("name the world's day; no clock of a world runs in this home", param_hint="--until")
    return until or GameDay.of_instant(clock_of(settings).now())


def sport_of(name: str) -> Sport:
    """Return the league of that name; any other is a usage error."""
    try:
        return Sport(name)
    except ValueError as error:
        raise typer.BadParameter(f"{name!r} is none of nba, mlb, both", param_hint="--sport") from error


def show_simulation(report: "SimulationReport") -> None:
    """Print what was written, and what to do next."""
    until = report.simulation.until
    columns = {"sport": "sport", "table": "table", "rows": "rows", "written": "new rows"}
    show_table(report.table(), columns, title=f"{report.label} until {until} in {report.seconds:.1f} s")
    out.print(f"  {report.refused:,} quotes in play were held back, as they must be", soft_wrap=True)
    for sport in report.simulation.sports:
        out.print(f"forecast it:   propcast day --sport {sport} --date {until}", soft_wrap=True)
