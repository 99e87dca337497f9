"""A process may die between any two effects: whoever comes after it ends up where nobody would have died."""

import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from propcast.backends.compose import compose
from propcast.backends.settings import Settings
from propcast.backends.state.dispatcher import Dispatcher
from propcast.backends.warehouse.port import In
from propcast.core.clock import FixedClock
from propcast.core.sport import Sport
from propcast.pipeline.batch import planning, sweeping, working
from propcast.pipeline.batch.asking import Ask
from propcast.pipeline.batch.failpoints import Failpoint
from propcast.pipeline.batch.rules import Rules
from propcast.pipeline.batch.states import BatchState
from propcast.pipeline.messages import PredictionRequest, Topic
from propcast.tables.forecasts import DECISIONS, PREDICTIONS
from tests.pipeline.batch.conftest import MakePair
from tests.pipeline.batch.memory import Posted
from tests.pipeline.batch.slates import Killed, Pair, slate_of, whole_tables
from tests.pipeline.batch.test_at_once import at_once, forgotten
from tests.pipeline.conftest import MLB_DAY, NOW

ROUNDS = 4


def a_day(pair: Pair) -> None:
    """A start and every delivery."""
    batch = pair.begun()
    for request in pair.requests(batch):
        pair.work(request)
    for ready in pair.readies():
        pair.complete(ready)


def a_deaf_day(pair: Pair) -> None:
    """Workers come late, and no news of their results arrives: the sweep does the rest."""
    batch = pair.begun()
    pair.pass_time(seconds=121)
    pair.sweep()
    for request in pair.requests(batch):
        pair.work(request)
    pair.sweep()


def until_it_survives(pair: Pair, day: Callable[[Pair], None]) -> int:
    deaths = 0
    for _ in range(ROUNDS):
        try:
            day(pair)
        except Killed:
            deaths += 1
            pair.pass_time(seconds=61)
            continue
        return deaths
    raise AssertionError("it dies again and again")


@pytest.mark.proves("B2", "L24", "L25", "L26", "L27")
@pytest.mark.parametrize("point", [point for point in Failpoint if point is not Failpoint.CANCELLED])
def test_a_death_at_any_failpoint_leaves_no_trace(make_pair: MakePair, undisturbed: Pair, point: Failpoint) -> None:
    pair, of_sweep = make_pair(), point.name.startswith("SWEEP")
    pair.killer.at = point
    assert until_it_survives(pair, a_deaf_day if of_sweep else a_day) == 1, f"{point.name} was never reached"
    assert pair.slate().same_as(undisturbed.slate())
    assert whole_tables(pair) == whole_tables(undisturbed)
    assert len(pair.posted.of("slate-published")) == 1
    assert {batch.state for batch in map(pair.batch, [pair.begun()])} == {BatchState.PUBLISHED}


@pytest.mark.proves("B2", "B3")
@pytest.mark.parametrize(
    "point", [Failpoint.START_INPUTS_STORED, Failpoint.SHARD_FILE_WRITTEN, Failpoint.PREDICTIONS_WRITTEN]
)
def test_a_process_killed_for_real_leaves_no_trace(played_template: Path, tmp_path: Path, point: Failpoint) -> None:
    """On the real stores, with every message lost along with the process: what is on disk is enough."""
    home, once = tmp_path / "home", forgotten(played_template, tmp_path / "once")
    forgotten(played_template, home)
    at_once(once, Sport.MLB, MLB_DAY)
    command = [sys.executable, "-m", "tests.pipeline.batch.victim", str(home), point.name]
    died = subprocess.run(command, check=False)  # noqa: S603 - our own module
    assert died.returncode == -signal.SIGKILL
    backends, posted = compose(Settings(home=home), FixedClock(NOW + timedelta(seconds=121))), Posted()
    rules, dispatcher = Rules(shard_size=2), Dispatcher(backends.state, posted)
    planning.start(backends, Ask(Sport.MLB, MLB_DAY), rules)
    sweeping.sweep(backends, dispatcher, holder="next", rules=rules)
    for body in posted.of(Topic.PREDICTION_REQUEST):
        request = PredictionRequest.model_validate(body)
        working.run_shard(backends, request, message_key=request.shard_id, holder="next", rules=rules)
    sweeping.sweep(backends, dispatcher, holder="next", rules=rules)
    assert slate_of(backends, Sport.MLB, MLB_DAY).same_as(slate_of(once, Sport.MLB, MLB_DAY))
    for table in (PREDICTIONS, DECISIONS):
        where = [In("game_day", (MLB_DAY.date,)), In("sport", ("mlb",))]
        assert backends.warehouse.content_hash(table, where) == once.warehouse.content_hash(table, where)
