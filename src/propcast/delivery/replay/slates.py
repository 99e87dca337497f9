"""Which slates are replayed: the last ones that are graded, and what became of everybody on them."""

from collections.abc import Iterator
from itertools import islice

import polars as pl

from propcast.backends.compose import Backends
from propcast.backends.state.records import CurrentSlate, StepState
from propcast.backends.warehouse.port import In
from propcast.core.sport import Sport
from propcast.pipeline.queries import EVER
from propcast.tables.forecasts import GRADES

LAST = 5
SUBJECT = ("event_id", "participant_id", "market")


def graded_slates(backends: Backends, sport: Sport, last: int = LAST) -> list[CurrentSlate]:
    """Return the last slates of a sport that are graded and have no game without a result, the newest first."""
    return list(islice(_graded(backends, sport), last))


def _graded(backends: Backends, sport: Sport) -> Iterator[CurrentSlate]:
    for slate in reversed(backends.ledger.current_between(sport, *EVER)):
        grid = backends.ledger.expected(sport, slate.game_day)
        states = {cell.state for cell in grid if cell.step == "grades"}
        if StepState.DONE in states and states <= {StepState.DONE, StepState.EMPTY_OK}:
            yield slate


def actuals(backends: Backends, slate: CurrentSlate) -> pl.DataFrame:
    """Return what everybody with a result did (SUBJECT, actual), by the latest settlement."""
    where = [In("game_day", (slate.game_day.date,)), In("sport", (slate.sport,))]
    rows = backends.warehouse.read(GRADES, where, columns=[*SUBJECT, "actual", "settlement_version"])
    latest = rows.drop_nulls("actual").sort("settlement_version").group_by(SUBJECT).last()
    return latest.select(*SUBJECT, "actual")
