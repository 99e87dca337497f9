"""A processor rolled out by real processes: both arms run finished days again before anything is pushed to one."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from propcast.backends.compose import Backends
from propcast.delivery.judge.evidence import Evidence, Judgement, Limits
from propcast.delivery.rollout import driving
from propcast.delivery.rollout.composing import site_of
from propcast.delivery.rollout.planning import Asked
from propcast.delivery.rollout.record import Record
from propcast.delivery.rollout.states import State
from propcast.delivery.rollout.stopping import Stops
from propcast.delivery.targets.local.packing import pack
from propcast.delivery.targets.local.planting import plant
from propcast.service.catalogue import PRECOMPUTE_PROCESSOR
from propcast.tables.registry import ALL
from tests.delivery.rollout.real import MANIFEST, ROOT, SLOWER, begin_with, home_of
from tests.pipeline.conftest import graded_template, played_template, raw_template

__all__ = ["graded_template", "played_template", "raw_template"]

pytestmark = [pytest.mark.rollouts, pytest.mark.timeout(600)]
SERVICE = PRECOMPUTE_PROCESSOR.name
GOES_ON = 4
"""So often a rollout that rests, because the machine is busy, is told to go on."""


@pytest.fixture
def home(graded_template: Path, tmp_path: Path) -> Iterator[Backends]:
    """A home with graded days of both sports."""
    with home_of(graded_template, tmp_path, PRECOMPUTE_PROCESSOR) as backends:
        yield backends


def roll_out(backends: Backends, reference: str) -> Record:
    site, stops = site_of(backends, "local", "", MANIFEST), Stops()
    plain = site.means(SERVICE)

    def judge(evidence: Evidence, limits: Limits) -> Judgement:
        return plain.judge(evidence, replace(limits, latency_ratio=SLOWER))

    means = replace(plain, judge=judge)
    asked = Asked(SERVICE, "test", reference, (0, 100), 3.0, 50, error_margin=0.2, synthetic_rate=30.0)
    ended = driving.drive(means, driving.begin(means, asked, site.declared, stops), stops)
    for _ in range(GOES_ON):
        if ended.record.state is not State.PAUSED:
            break
        ended = driving.drive(means, driving.resume(means, ended.record.plan.id, stops), stops)
    return ended.record


def replayed(backends: Backends, record: Record) -> dict[str, Any]:
    """What the judge said of days that were run again, in the first window."""
    told = json.loads((backends.settings.home / record.windows[0].file).read_text(encoding="utf-8"))
    (found,) = [each for each in told["judgement"]["criteria"] if each["name"] == "replay"]
    return dict(found)


@pytest.mark.proves("C7")
def test_a_processor_that_builds_other_features_is_taken_back_before_it_gets_a_message(
    home: Backends, tmp_path: Path
) -> None:
    sound = pack(ROOT, tmp_path / "sound", dirty=True)
    newer = pack(ROOT, tmp_path / "newer", release="newer", dirty=True)
    wrong = plant(sound, "features", tmp_path / "wrong")
    begin_with(site_of(home, "local", "", MANIFEST), SERVICE, sound.image.reference)
    before = {name: home.warehouse.version(table) for name, table in ALL.items()}

    record = roll_out(home, wrong.image.reference)
    assert (record.state, record.stage) == (State.ABORTED, 0)
    told = replayed(home, record)
    assert told["verdict"] == "fail"
    assert "0 missing" in told["told"]
    assert "/precompute/" in told["told"]

    record = roll_out(home, newer.image.reference)
    assert record.state is State.PROMOTED
    assert replayed(home, record)["verdict"] == "pass"
    assert {name: home.warehouse.version(table) for name, table in ALL.items()} == before
