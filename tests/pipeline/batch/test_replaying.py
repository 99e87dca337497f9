"""A replay computes what was published, from where it was computed, and leaves no trace."""

from typing import Any

import polars as pl
import pytest

from propcast.backends.compose import Backends
from propcast.backends.state.outbox import OUTBOX
from propcast.core.errors import InputError, NotReady
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.batch import replaying
from propcast.pipeline.batch.filing import BATCHES, PUBLICATIONS, SHARDS
from propcast.pipeline.batch.replaying import replay
from propcast.pipeline.day import published
from propcast.tables.forecasts import PREDICTIONS
from propcast.tables.registry import ALL
from tests.pipeline.batch.conftest import Tables
from tests.pipeline.batch.slates import Pair
from tests.pipeline.conftest import MLB_DAY, NBA_DAY


def shown(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.drop("batch_id", strict=False).sort("prediction_id")


@pytest.mark.parametrize(("sport", "day"), [(Sport.NBA, NBA_DAY), (Sport.MLB, MLB_DAY)])
def test_a_slate_of_one_process_is_computed_again_from_the_tables(
    played_home: Backends, sport: Sport, day: GameDay
) -> None:
    predictions, _ = published(played_home, sport, day)
    assert replay(played_home, sport, day).equals(shown(predictions))


def test_a_slate_of_services_is_computed_again_from_what_its_batch_stored(pair: Pair) -> None:
    pair.finish(pair.begun())
    assert replay(pair.backends, Sport.MLB, MLB_DAY).equals(pair.slate().predictions)


def test_each_person_is_computed_as_in_the_batch_that_his_rows_came_from(pair: Pair, tables: Tables) -> None:
    pair.finish(pair.begun())
    first = pair.slate()
    batch = pair.supersede(tables.moved, as_of=tables.moved_at).batch
    assert batch is not None
    pair.finish(batch)
    second = pair.slate()
    assert second.predictions["data_version"].n_unique() == 2
    assert replay(pair.backends, Sport.MLB, MLB_DAY).equals(second.predictions)
    assert replay(pair.backends, Sport.MLB, MLB_DAY, first.tag).equals(first.predictions)


def test_a_replay_writes_nothing(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    pair.finish(pair.begun())

    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("a replay wrote")

    for store, verb in ((pair.backends.state, "transact"), (pair.backends.objects, "put"), (pair.warehouse, "write")):
        monkeypatch.setattr(store, verb, refuse)
    assert replay(pair.backends, Sport.MLB, MLB_DAY).height


def test_a_replay_leaves_no_trace_in_a_home(played_home: Backends) -> None:
    def trace() -> object:
        state, warehouse = played_home.state, played_home.warehouse
        kept = {each.name: len(state.find(each)) for each in (BATCHES, SHARDS, PUBLICATIONS, OUTBOX)}
        return kept, {name: warehouse.version(table) for name, table in ALL.items()}, played_home.ledger.runs()

    before = trace()
    replay(played_home, Sport.NBA, NBA_DAY)
    assert trace() == before


def test_inputs_that_changed_since_are_not_replayed(played_home: Backends, monkeypatch: pytest.MonkeyPatch) -> None:
    read = replaying.read_slate

    def changed(*asked: Any) -> Any:
        slate = read(*asked)
        slate.features.replace_column(0, slate.features.to_series(0).reverse())
        return slate

    monkeypatch.setattr(replaying, "read_slate", changed)
    with pytest.raises(InputError, match="has changed since"):
        replay(played_home, Sport.NBA, NBA_DAY)


def test_what_was_never_published_cannot_be_replayed(played_home: Backends) -> None:
    with pytest.raises(NotReady, match="is published as nothing_like_it"):
        replay(played_home, Sport.NBA, NBA_DAY, "nothing_like_it")
    with pytest.raises(NotReady, match="run `propcast day"):
        replay(played_home, Sport.NBA, GameDay.parse("2031-01-01"))


def test_only_the_tag_is_left_out(played_home: Backends) -> None:
    assert replay(played_home, Sport.NBA, NBA_DAY).columns == [
        name for name in PREDICTIONS.schema.names() if name != "batch_id"
    ]
