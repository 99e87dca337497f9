"""A published slate computed once more, from the inputs and models that it was computed from; nothing is written.

The rows of a publication may be of several batches: those that it carries on are of the publications before it. Each
person is computed again as in the batch that its rows came from. Frames that a batch stored are taken from there;
where it was made in one process the tables are read again, and believed only if they still have the same content.
"""

from collections.abc import Iterator

import polars as pl

from propcast.backends.compose import Backends
from propcast.backends.warehouse.port import In, Stamp
from propcast.core.errors import InputError
from propcast.core.gameday import GameDay
from propcast.core.markets import market
from propcast.core.sport import Sport
from propcast.forecast.pricing import BatchIdentity
from propcast.pipeline.batch.filing import find_publication, get_batch
from propcast.pipeline.batch.forecasting import forecast_people
from propcast.pipeline.batch.inputs import PERSON, of_people
from propcast.pipeline.batch.planning import plan_step
from propcast.pipeline.batch.records import Batch
from propcast.pipeline.batch.warmth import Warm
from propcast.pipeline.queries import require_publication
from propcast.pipeline.slate import Slate, data_version, read_slate
from propcast.pipeline.sports import plan_of
from propcast.pipeline.steps import StepStore
from propcast.tables.forecasts import PREDICTIONS

TAG = "batch_id"
"""The column that a replay leaves out: it says in which publication rows are, not what they are."""


def replay(
    backends: Backends, sport: Sport, day: GameDay, publication: str = "", warm: Warm | None = None
) -> pl.DataFrame:
    """Return the PREDICTIONS rows of a publication of the day (the current one unless told), without its tag.

    Raises:
        NotReady: nothing of that tag is published for the day.
        InputError: the inputs are gone, or not what they were.
        ModelRefused: a model that it was made with cannot be used.
    """
    tag = require_publication(backends, sport, day, publication)
    where = [In("game_day", (day.date,)), In(TAG, (tag,)), In("sport", (sport,))]
    published = backends.warehouse.read(PREDICTIONS, where, columns=[*PERSON, "data_version"]).unique()
    parts = [_computed(backends, *each, warm or Warm()) for each in _origins(backends, tag, published)]
    return pl.concat(parts).drop(TAG).sort("prediction_id")


def _origins(backends: Backends, tag: str, people: pl.DataFrame) -> Iterator[tuple[Batch, pl.DataFrame]]:
    """Yield batches with the people of theirs, the newest first, until everybody's is found."""
    while not people.is_empty():
        found = find_publication(backends.state, tag) if tag else None
        if found is None:
            raise InputError(
                f"{people.height} people are of a batch that is not on record; this slate cannot be replayed"
            )
        batch, tag = get_batch(backends.state, found.batch_id), found.base
        is_of_batch = pl.col("data_version") == batch.data_version
        mine, people = people.filter(is_of_batch).select(PERSON), people.filter(~is_of_batch)
        if not mine.is_empty():
            yield batch, mine


def _computed(backends: Backends, batch: Batch, people: pl.DataFrame, warm: Warm) -> pl.DataFrame:
    """Compute people as a worker does."""
    slate = _read_again(backends, batch) if batch.inputs is None else warm.slate(backends.objects, batch)
    models = warm.models_of(backends.objects, batch)
    identity = BatchIdentity(batch.batch_id, batch.data_version)
    return forecast_people(of_people(slate, people), [market(name) for name in batch.markets], models, identity)


def _read_again(backends: Backends, batch: Batch) -> Slate:
    """Return the slate of a batch that stored none, as of its events' own moments or of one moment for all."""
    plan, markets = plan_of(batch.sport), [market(name) for name in batch.markets]
    store = StepStore(backends.warehouse, plan_step(plan), Stamp("replay", backends.clock.now()))
    for as_of in (None, batch.as_of):
        slate = read_slate(store, plan, batch.game_day, markets, as_of)
        if data_version(plan, slate) == batch.data_version:
            return slate
    raise InputError(f"what batch {batch.batch_id} was computed from has changed since; it cannot be replayed")
