"""A worker rolled out by real processes while slates are made: its canary is pushed its share, and judged by it."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from propcast.apps.resources import make_dispatcher
from propcast.backends.compose import Backends
from propcast.core.sport import Sport
from propcast.delivery.judge.evidence import Evidence, Judgement, Limits
from propcast.delivery.rollout import driving
from propcast.delivery.rollout.composing import site_of
from propcast.delivery.rollout.means import Beat, Means
from propcast.delivery.rollout.planning import Asked
from propcast.delivery.rollout.record import Record
from propcast.delivery.rollout.states import State, Watched
from propcast.delivery.rollout.stopping import Stops
from propcast.delivery.targets.local.packing import pack
from propcast.delivery.targets.local.planting import plant
from propcast.delivery.targets.port import Revision
from propcast.pipeline.batch import lanes, samples
from propcast.pipeline.batch.asking import Ask
from propcast.pipeline.batch.filing import get_batch, has_open_shard
from propcast.pipeline.batch.planning import start
from propcast.pipeline.batch.rules import Rules
from propcast.pipeline.batch.samples import SampleState
from propcast.pipeline.batch.states import BatchState
from propcast.pipeline.batch.sweeping import sweep
from propcast.pipeline.messages import Trigger
from propcast.service.catalogue import MLB_PREDICTION_WORKER
from propcast.service.topics import Places
from tests.delivery.rollout.real import MANIFEST, ROOT, SLOWER, begin_with, home_of
from tests.pipeline.batch.slates import slate_of
from tests.pipeline.conftest import MLB_DAY, played_template, raw_template  # noqa: F401 - fixtures

pytestmark = [pytest.mark.rollouts, pytest.mark.timeout(240)]

SERVICE = MLB_PREDICTION_WORKER.name
RULES = Rules(shard_size=2)
STAGES = (0, 67, 100)
GOES_ON = 4
"""So often a rollout that rests, because the machine is busy, is told to go on."""


@dataclass
class Machine:
    """A home with a bus and a worker, and a coordinator in this process that makes a slate when there is a lane."""

    backends: Backends
    reasons: Iterator[Trigger] = field(default_factory=lambda: iter((Trigger.CORRECTION, Trigger.OPERATOR)))
    """Why slates are made: the same again would be the same batch, and the template has one that was scheduled."""
    made: str = ""

    def __post_init__(self) -> None:
        self.site = site_of(self.backends, "local", "", MANIFEST)
        self.before = self.slate()

    def slate(self) -> pl.DataFrame:
        """What readers see, but for the name of the batch."""
        return slate_of(self.backends, Sport.MLB, MLB_DAY).predictions

    def roll_out(self, reference: str) -> Record:
        """Roll out; a slate is made in the first window in which there is a lane."""
        self.made = ""
        asked = Asked(SERVICE, "test", reference, STAGES, 3.0, 50, error_margin=0.2, synthetic_rate=30.0)
        means, stops = self.means(), Stops()
        ended = driving.drive(means, driving.begin(means, asked, self.site.declared, stops), stops)
        for _ in range(GOES_ON):
            if ended.record.state is not State.PAUSED:
                break
            ended = driving.drive(means, driving.resume(means, ended.record.plan.id, stops), stops)
        return ended.record

    def means(self) -> Means:
        """What a controller works with, but that slates are made while it watches, and that it has patience."""
        means = self.site.means(SERVICE)

        def watch(canary: Revision, baseline: Revision, seconds: float, rate: float, beat: Beat) -> Watched:
            if not self.made and self.backends.state.transact(lambda tx: lanes.active(tx, Sport.MLB)):
                self.make_slate(beat)
            return means.watch(canary, baseline, seconds, rate, beat)

        def judge(evidence: Evidence, limits: Limits) -> Judgement:
            return means.judge(evidence, replace(limits, latency_ratio=SLOWER))

        return replace(means, watch=watch, judge=judge)

    def make_slate(self, beat: Beat) -> None:
        """Make a slate of the same inputs for another reason, and publish it."""
        state, dispatcher = self.backends.state, make_dispatcher(self.backends, Places(), "coordinator of the test")
        begun = start(self.backends, Ask(Sport.MLB, MLB_DAY, reason=next(self.reasons), insists=True), RULES)
        assert begun.created
        assert begun.batch is not None
        self.made = begun.batch.batch_id
        while has_open_shard(state, self.made):
            dispatcher.dispatch()
            beat()
            time.sleep(0.1)
        sweep(self.backends, dispatcher, holder="test", rules=RULES)

    def judged(self, record: Record) -> list[str]:
        """What the judge said of pairs, decision by decision."""
        files = [self.backends.settings.home / window.file for window in record.windows]
        told = [json.loads(file.read_text(encoding="utf-8"))["judgement"]["criteria"] for file in files]
        return [each["told"] for criteria in told for each in criteria if each["name"] == "business"]


@pytest.fixture
def machine(played_template: Path, tmp_path: Path) -> Iterator[Machine]:  # noqa: F811 - the fixture
    with home_of(played_template, tmp_path, MLB_PREDICTION_WORKER) as backends:
        yield Machine(backends)


@pytest.mark.proves("C2", "C7", "C11")
def test_a_wrong_worker_is_taken_back_for_its_shards_and_a_sound_one_promoted(machine: Machine, tmp_path: Path) -> None:
    sound = pack(ROOT, tmp_path / "sound", dirty=True)
    wrong = plant(sound, "bias", tmp_path / "wrong")
    newer = pack(ROOT, tmp_path / "newer", release="newer", dirty=True)
    begin_with(machine.site, SERVICE, sound.image.reference)

    record = machine.roll_out(wrong.image.reference)
    assert (record.state, record.windows[-1].percent) == (State.ABORTED, 67)
    assert "values that differ" in machine.judged(record)[-1]
    require_published(machine, record)

    record = machine.roll_out(newer.image.reference)
    assert record.state is State.PROMOTED
    assert "are equal" in machine.judged(record)[-1]
    require_published(machine, record)


def require_published(machine: Machine, record: Record) -> None:
    """The canary has done what it was asked; what was published is whole, and what the stable revision has made."""
    state = machine.backends.state
    asked = samples.of_rollout(state, record.plan.id)
    assert {each.state for each in asked} == {SampleState.DONE}
    assert {each.revision for each in asked} == {record.plan.canary.name}
    assert get_batch(state, machine.made).state is BatchState.PUBLISHED
    assert_frame_equal(machine.slate(), machine.before, check_exact=True)
    assert machine.before["mean"].drop_nulls().len() > 0
