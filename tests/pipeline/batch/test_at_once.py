"""One process or many: the same slate, to the last bit."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from propcast.backends.compose import Backends
from propcast.backends.state.dispatcher import Dispatcher
from propcast.core.gameday import GameDay
from propcast.core.markets import markets_of
from propcast.core.sport import Sport
from propcast.pipeline.batch import at_once as room
from propcast.pipeline.batch import consolidating, planning, working
from propcast.pipeline.batch.asking import Ask
from propcast.pipeline.batch.at_once import forecast_day
from propcast.pipeline.batch.failpoints import Failpoint
from propcast.pipeline.batch.filing import batches_where, shards_of
from propcast.pipeline.batch.records import Batch
from propcast.pipeline.batch.rules import Rules
from propcast.pipeline.batch.states import BatchState, ShardState
from propcast.pipeline.batch.warmth import Warm
from propcast.pipeline.messages import PredictionRequest, Topic, Trigger
from propcast.pipeline.outcomes import Outcome
from propcast.pipeline.slate import forecast_step
from propcast.pipeline.sports import plan_of
from propcast.pipeline.steps import StepResult, run_step
from propcast.tables.forecasts import DECISIONS, PREDICTIONS
from tests.pipeline.batch.memory import Posted
from tests.pipeline.batch.slates import Killed, Killer, Pair, slate_of, whole_tables
from tests.pipeline.conftest import MLB_DAY, NBA_DAY, open_home


def at_once(backends: Backends, sport: Sport, day: GameDay, rules: Rules | None = None) -> StepResult:
    """The forecast step of `propcast day`."""
    plan = plan_of(sport)
    return run_step(
        backends,
        forecast_step(plan),
        sport,
        day,
        lambda store: forecast_day(backends, store, plan, day, markets_of(sport), rules=rules),
    )


def through_services(backends: Backends, sport: Sport, day: GameDay, rules: Rules) -> Batch:
    """The same by messages, one after the other."""
    posted = Posted()
    batch = planning.start(backends, Ask(sport, day), rules).batch
    assert batch is not None
    Dispatcher(backends.state, posted).dispatch()
    warm = Warm()
    for body in posted.of(Topic.PREDICTION_REQUEST):
        request = PredictionRequest.model_validate(body)
        handled = working.run_shard(backends, request, message_key="m", holder="w", warm=warm, rules=rules)
        assert handled.outcome is Outcome.DONE
    assert consolidating.consolidate(backends, batch.batch_id, holder="c", rules=rules).outcome is Outcome.DONE
    return batch


def forgotten(home: Path, copy: Path) -> Backends:
    """A copy of a home in which nothing was ever forecast."""
    shutil.copytree(home, copy)
    for file in copy.glob("state.sqlite*"):
        file.unlink()
    for table in (PREDICTIONS, DECISIONS):
        shutil.rmtree(copy / "warehouse" / table.name)
    return open_home(copy)


@pytest.mark.parametrize("size", [7, 54])
def test_a_slate_is_the_same_through_services(trained_template: Path, tmp_path: Path, size: int) -> None:
    """However it is cut, with a trained model or without, on the stores of a real home."""
    once, cut = (forgotten(trained_template, tmp_path / name) for name in ("once", "cut"))
    at_once(once, Sport.NBA, NBA_DAY)
    batch = through_services(cut, Sport.NBA, NBA_DAY, Rules(shard_size=size))
    assert slate_of(cut, Sport.NBA, NBA_DAY).same_as(slate_of(once, Sport.NBA, NBA_DAY))
    assert slate_of(cut, Sport.NBA, NBA_DAY).tag == slate_of(once, Sport.NBA, NBA_DAY).tag == batch.batch_id
    assert once.ledger.expected(Sport.NBA, NBA_DAY) == cut.ledger.expected(Sport.NBA, NBA_DAY)
    assert len({slate.predictions["model_id"].n_unique() for slate in [slate_of(cut, Sport.NBA, NBA_DAY)]}) == 1
    sizes = [len(shard.participants) for shard in shards_of(cut.state, batch.batch_id)]
    assert sum(sizes) == 54
    assert max(sizes) <= size


@pytest.mark.proves("B2")
@pytest.mark.parametrize(
    "point", [Failpoint.CONSOLIDATION_DECIDED, Failpoint.PREDICTIONS_WRITTEN, Failpoint.DECISIONS_WRITTEN]
)
def test_a_day_that_dies_leaves_no_trace(pair: Pair, undisturbed: Pair, point: Failpoint) -> None:
    with pytest.raises(Killed):
        at_once(pair.backends, Sport.MLB, MLB_DAY, Rules(failpoints=Killer(point)))
    assert pair.slate().tag == ""
    assert batches_where(pair.backends.state, []) == []
    at_once(pair.backends, Sport.MLB, MLB_DAY)
    assert pair.slate().same_as(undisturbed.slate())
    assert whole_tables(pair) == whole_tables(undisturbed)


def test_a_day_leaves_the_records_that_services_leave(pair: Pair, undisturbed: Pair) -> None:
    at_once(pair.backends, Sport.MLB, MLB_DAY, replace(pair.rules))
    batch = batches_where(pair.backends.state, [])[0]
    theirs = undisturbed.batch(batch)
    assert (batch.batch_id, batch.state, batch.counts) == (theirs.batch_id, theirs.state, theirs.counts)
    for mine, other in zip(pair.shards(batch), undisturbed.shards(batch), strict=True):
        assert (mine.state, mine.rows, mine.said) == (other.state, other.rows, other.said)


def test_a_slate_that_is_written_in_portions_is_the_same_slate(
    trained_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    once, cut = (forgotten(trained_template, tmp_path / name) for name in ("once", "cut"))
    at_once(once, Sport.NBA, NBA_DAY)
    monkeypatch.setattr(room, "PEOPLE_AT_ONCE", 20)
    at_once(cut, Sport.NBA, NBA_DAY)
    assert slate_of(cut, Sport.NBA, NBA_DAY).same_as(slate_of(once, Sport.NBA, NBA_DAY))
    assert slate_of(cut, Sport.NBA, NBA_DAY).tag == slate_of(once, Sport.NBA, NBA_DAY).tag
    assert once.ledger.expected(Sport.NBA, NBA_DAY) == cut.ledger.expected(Sport.NBA, NBA_DAY)
    assert cut.warehouse.version(PREDICTIONS) > once.warehouse.version(PREDICTIONS)  # it was in portions


@pytest.mark.proves("B2")
@pytest.mark.parametrize("point", [Failpoint.PREDICTIONS_WRITTEN, Failpoint.DECISIONS_WRITTEN])
def test_a_day_in_portions_that_dies_leaves_no_trace(
    pair: Pair, undisturbed: Pair, monkeypatch: pytest.MonkeyPatch, point: Failpoint
) -> None:
    monkeypatch.setattr(room, "PEOPLE_AT_ONCE", 1)
    with pytest.raises(Killed):
        at_once(pair.backends, Sport.MLB, MLB_DAY, Rules(failpoints=Killer(point)))
    assert pair.slate().tag == ""
    at_once(pair.backends, Sport.MLB, MLB_DAY)
    assert pair.slate().same_as(undisturbed.slate())
    assert whole_tables(pair) == whole_tables(undisturbed)


def test_a_day_ends_what_services_have_begun(pair: Pair, undisturbed: Pair) -> None:
    batch = pair.begun()
    pair.work(pair.requests(batch)[0])
    at_once(pair.backends, Sport.MLB, MLB_DAY)
    assert pair.batch(batch).state is BatchState.PUBLISHED
    assert {shard.state for shard in pair.shards(batch)} == {ShardState.DONE, ShardState.SKIPPED}
    assert pair.work(pair.requests(batch)[1]).outcome is Outcome.DUPLICATE
    assert pair.consolidate(batch.batch_id).outcome is Outcome.DUPLICATE
    assert pair.slate().same_as(undisturbed.slate())


def test_a_day_again_computes_nothing_but_brings_back_rows_that_were_lost(pair: Pair) -> None:
    first = at_once(pair.backends, Sport.MLB, MLB_DAY)
    killer = Killer()
    second = at_once(pair.backends, Sport.MLB, MLB_DAY, Rules(failpoints=killer))
    assert killer.seen == []
    assert (second.counts, second.cells) == (first.counts, first.cells)
    there = pair.slate()
    del pair.warehouse.frames[PREDICTIONS.name]
    at_once(pair.backends, Sport.MLB, MLB_DAY)
    assert pair.slate().same_as(there)


def test_what_a_person_asks_for_becomes_current_whatever_is(pair: Pair) -> None:
    later = pair.begun(reason=Trigger.CORRECTION)
    pair.finish(later)
    pair.pass_time(seconds=1)
    at_once(pair.backends, Sport.MLB, MLB_DAY)
    assert pair.slate().tag != later.batch_id


@pytest.mark.history
@pytest.mark.parametrize(("sport", "day", "rows"), [(Sport.NBA, "2025-10-24", 20_000), (Sport.MLB, "2025-07-02", 400)])
def test_a_real_day_is_the_same_through_services(
    past_template: Path, tmp_path: Path, sport: Sport, day: str, rows: int
) -> None:
    """All markets of a day of the real history, in one shard and in a dozen."""
    game_day = GameDay.parse(day)
    once, cut = (forgotten(past_template, tmp_path / name) for name in ("once", "cut"))
    at_once(once, sport, game_day)
    through_services(cut, sport, game_day, Rules(shard_size=37 if sport is Sport.NBA else 3))
    assert slate_of(once, sport, game_day).predictions.height > rows
    assert slate_of(cut, sport, game_day).same_as(slate_of(once, sport, game_day))
