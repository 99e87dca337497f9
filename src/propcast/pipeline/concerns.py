"""What needs somebody, worst first: games without forecasts, attempts that failed, rows that are missing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import groupby

import polars as pl

from propcast.backends.state.records import Run, StepState
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.funnel import Funnel, GameFunnel
from propcast.pipeline.grid import GRID_STEPS
from propcast.pipeline.standing import Stage, StageState

_GOOD = (StepState.DONE, StepState.DEGRADED, StepState.EMPTY_OK)
_COMMANDS = dict(zip(GRID_STEPS, ("day", "day", "grade"), strict=True))
_NAMED = 3
_NOUNS = {"context": "participants", "decided": "decisions", "published": "published rows", "graded": "grades"}


class Severity(IntEnum):
    """How bad it is, the worst first."""

    SLATE = 0  # games whose start comes near without forecasts
    SERVICE = 1  # a service that cannot work
    FAILURE = 2  # an attempt that failed
    GAP = 3  # something that is incomplete


@dataclass(frozen=True)
class Concern:
    """One thing that needs somebody, and the command that mends it or looks into it."""

    severity: Severity
    what: str
    remedy: str = ""

    def sentence(self) -> str:
        """Return both in one line."""
        return f"{self.what}; see `{self.remedy}`" if self.remedy else self.what


def worst_first(concerns: Iterable[Concern]) -> list[Concern]:
    """Return the concerns by severity, within it as they came."""
    return sorted(concerns, key=lambda concern: concern.severity)


def of_runs(runs: Sequence[Run]) -> list[Concern]:
    """Return attempts that failed or never ended, newest first, unless the same step has succeeded since."""
    said, settled = [], set()
    for run in runs:
        work = (run.step, run.sport, run.game_day)
        if run.outcome not in _GOOD and work not in settled:
            said.append(Concern(Severity.FAILURE, _failed(run), _again(run)))
        settled.add(work)
    return said


def of_days(days: pl.DataFrame) -> list[Concern]:
    """Return one concern per game day and step that lacks rows (`status.Status.days`); grades may still be to come."""
    return [
        Concern(
            Severity.GAP,
            f"{row['sport']} {row['game_day']}: {step} {row[f'{step}_state']}, "
            f"{row[f'{step}_actual']} of {row[f'{step}_expected']} rows",
            _command(_COMMANDS[step], Sport(row["sport"]), GameDay(row["game_day"])),
        )
        for row in days.iter_rows(named=True)
        for step in GRID_STEPS
        if row[f"{step}_state"] in (StepState.FAILED, StepState.DEGRADED)
    ]


def of_funnel(funnel: Funnel) -> list[Concern]:
    """Return one concern per stage at which games stand still; of each game its first bad stage counts."""
    stuck = [(stage, game) for game in funnel.games if (stage := _first_bad(game))]
    by_stage = sorted(stuck, key=lambda pair: (pair[0].name, pair[0].state))
    return [
        _stuck(funnel, [stage for stage, _ in same], [game for _, game in same])
        for _, pairs in groupby(by_stage, key=lambda pair: (pair[0].name, pair[0].state))
        if (same := list(pairs))
    ]


def _first_bad(game: GameFunnel) -> Stage | None:
    return next((stage for stage in game.stages if stage.state.needs_somebody), None)


def _stuck(funnel: Funnel, stages: Sequence[Stage], games: Sequence[GameFunnel]) -> Concern:
    """Say where games stand, which ones, and what was missing in the first."""
    first, noun = stages[0], _NOUNS.get(stages[0].name, stages[0].name)
    named = ", ".join(game.game for game in games[:_NAMED]) + (", …" if len(games) > _NAMED else "")
    of = f"{len(games)} of {len(funnel.games)} games ({named})"
    lead = f"{funnel.sport.upper()} {funnel.game_day}: "
    graded = first.name == "graded"
    missing = first.state is StageState.LATE
    stand = f"{of} {_are(games)} not graded" if graded else f"{noun} of {of} are missing"
    what = lead + (stand if missing else f"{noun} of {of} are incomplete: {first.note}")
    severity = Severity.GAP if graded or first.state is StageState.PARTIAL else Severity.SLATE
    return Concern(severity, what, _command("grade" if graded else "day", funnel.sport, funnel.game_day))


def _are(games: Sequence[GameFunnel]) -> str:
    return "is" if len(games) == 1 else "are"


def _failed(run: Run) -> str:
    name = f"{run.step}{f' {run.game_day}' if run.game_day else ''} at {run.opened_at:%Y-%m-%d %H:%M} UTC"
    ended = f"{run.outcome}: {run.reason}" if run.outcome else "did not end; it was interrupted or still works"
    return f"{name} {ended}"


def _again(run: Run) -> str:
    if run.game_day is None:
        return ""
    return _command("grade" if run.step.endswith("/grade") else "day", run.sport, run.game_day)


def _command(command: str, sport: Sport, day: GameDay) -> str:
    return f"propcast {command} --sport {sport} --date {day}"
