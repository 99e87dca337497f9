"""A slate that is too large to hold: forecast and written a portion of its people at a time.

Only what decisions and counts need is kept of a portion once its rows are written; nobody sees any of them before the
pointer moves. Decisions cap exposure over the whole slate, but within each system: systems are decided on in turn.
"""

from collections.abc import Callable, Sequence

import polars as pl

from propcast.core.decisions import DEFAULT_POLICY, decide
from propcast.pipeline.batch.editions import Edition
from propcast.pipeline.batch.failpoints import Failpoint, Failpoints
from propcast.pipeline.batch.inputs import of_people
from propcast.pipeline.batch.partition import named
from propcast.pipeline.batch.records import Participant
from propcast.pipeline.slate import Slate
from propcast.pipeline.steps import StepStore
from propcast.tables.forecasts import DECISIONS, PREDICTIONS

PEOPLE_AT_ONCE = 2_000
"""A day of one league has a few hundred; a portion of so many takes about half a gigabyte."""

_KEPT = (
    "prediction_id", "batch_id", "sport", "game_day", "event_id", "participant_id", "market", "line", "system",
    "model_id", "status", "reasons", "is_quoted", "as_of", "data_version", "starts_at", "p_plays", "n_books", "mean",
    "sd", "p_over_blended", "p_under_blended", "p_over_market", "over_price", "under_price", "over_book", "under_book",
    "over_quote_id", "under_quote_id",
)  # fmt: skip


def write_in_portions(
    store: StepStore,
    slate: Slate,
    portions: Sequence[Sequence[Participant]],
    forecast: Callable[[Slate], pl.DataFrame],
    failpoints: Failpoints,
) -> Edition:
    """Forecast, decide and write; return the edition with what is kept of its rows, and without its decisions."""
    rows = pl.concat([_written(store, forecast(of_people(slate, named(people)))) for people in portions])
    failpoints.reach(Failpoint.PREDICTIONS_WRITTEN)
    for system in rows["system"].unique().sort():
        store.write(DECISIONS, decide(rows.filter(pl.col("system") == system), DEFAULT_POLICY))
    failpoints.reach(Failpoint.DECISIONS_WRITTEN)
    return Edition(rows["batch_id"][0], "", rows, DECISIONS.empty(), rows.height, ())


def _written(store: StepStore, rows: pl.DataFrame) -> pl.DataFrame:
    store.write(PREDICTIONS, rows)
    return rows.select(_KEPT)
