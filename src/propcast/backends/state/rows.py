"""Rows of the state database to and from the records of the port; instants are ISO text in UTC."""

import json
import sqlite3
from datetime import UTC, date, datetime

from propcast.backends.state.port import CurrentSlate, ExpectedOutput, Run, StepState
from propcast.core.errors import InputError
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport

Value = str | int | None


def instant_text(instant: datetime) -> str:
    """Write an instant so that text order is time order."""
    if instant.tzinfo is None:
        raise InputError(f"{instant} has no zone; instants are UTC and say so")
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


def run_row(run: Run) -> dict[str, Value]:
    """Return the columns of `runs`."""
    return {
        "run_id": run.run_id,
        "step": run.step,
        "sport": run.sport,
        "game_day": None if run.game_day is None else str(run.game_day),
        "opened_at": instant_text(run.opened_at),
        "inputs": json.dumps(run.inputs),
        "closed_at": None if run.closed_at is None else instant_text(run.closed_at),
        "outcome": run.outcome,
        "reason": run.reason,
        "counts": json.dumps(run.counts),
        "version": run.version,
    }


def run_of(row: sqlite3.Row) -> Run:
    """Read a row of `runs`."""
    return Run(
        run_id=row["run_id"],
        step=row["step"],
        sport=Sport(row["sport"]),
        game_day=None if row["game_day"] is None else _day(row["game_day"]),
        opened_at=datetime.fromisoformat(row["opened_at"]),
        inputs=json.loads(row["inputs"]),
        closed_at=None if row["closed_at"] is None else datetime.fromisoformat(row["closed_at"]),
        outcome=None if row["outcome"] is None else StepState(row["outcome"]),
        reason=row["reason"],
        counts=json.loads(row["counts"]),
        version=row["version"],
    )


def output_row(output: ExpectedOutput) -> dict[str, Value]:
    """Return the columns of `expected_outputs`."""
    return {
        "sport": output.sport,
        "game_day": str(output.game_day),
        "step": output.step,
        "event_id": output.event_id,
        "expected": output.expected,
        "state": output.state,
        "reason": output.reason,
        "actual": output.actual,
    }


def output_of(row: sqlite3.Row) -> ExpectedOutput:
    """Read a row of `expected_outputs`."""
    return ExpectedOutput(
        sport=Sport(row["sport"]),
        game_day=_day(row["game_day"]),
        step=row["step"],
        event_id=row["event_id"],
        expected=row["expected"],
        state=StepState(row["state"]),
        reason=row["reason"],
        actual=row["actual"],
    )


def slate_row(slate: CurrentSlate) -> dict[str, Value]:
    """Return the columns of `current_slates`; as JSON it is also the body of `slate-published`."""
    return {
        "sport": slate.sport,
        "game_day": str(slate.game_day),
        "batch_id": slate.batch_id,
        "published_at": instant_text(slate.published_at),
        "counts": json.dumps(slate.counts),
    }


def slate_of(row: sqlite3.Row) -> CurrentSlate:
    """Read a row of `current_slates`."""
    return CurrentSlate(
        sport=Sport(row["sport"]),
        game_day=_day(row["game_day"]),
        batch_id=row["batch_id"],
        published_at=datetime.fromisoformat(row["published_at"]),
        counts=json.loads(row["counts"]),
    )


def _day(text: str) -> GameDay:
    return GameDay(date.fromisoformat(text))
