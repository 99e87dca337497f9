"""What a controller works with on one machine, put together from a home and a checkout."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from propcast.backends.compose import Backends, compose
from propcast.backends.settings import Settings
from propcast.core.sport import Sport
from propcast.delivery.rollout.composing import declared_in, site_of
from propcast.delivery.rollout.load import EVERYWHERE
from propcast.delivery.rollout.planning import UNKNOWN
from propcast.delivery.rollout.repeating import PEOPLE, PROCESSORS, Repeating
from propcast.delivery.targets.requesting import SYNTHETIC_AGENT
from propcast.service.asking import nobody
from tests.delivery.rollout.world import MANIFEST, SERVICE
from tests.pipeline.conftest import graded_home, graded_template, played_template, raw_template

__all__ = ["graded_home", "graded_template", "played_template", "raw_template"]


def test_a_folder_that_is_no_checkout_has_no_commit(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    file = tmp_path / "deploy" / "propcast.toml"
    file.write_text(MANIFEST.read_text(encoding="utf-8"), encoding="utf-8")
    assert declared_in(file, "local").commit == UNKNOWN
    head = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True, cwd=MANIFEST.parent)  # noqa: S607
    assert declared_in(MANIFEST, "local").commit.startswith(head.stdout.strip())


def test_a_controller_shows_who_it_is_and_that_it_is_nobody(tmp_path: Path) -> None:
    site = site_of(compose(Settings(home=tmp_path)), "local", "", MANIFEST)
    means = site.means(SERVICE)
    shown = site.headers(SERVICE)("http://127.0.0.1:1")
    assert shown["Authorization"].startswith("Bearer ")
    assert shown["User-Agent"].startswith(SYNTHETIC_AGENT)
    assert means.folder == tmp_path / "rollouts"
    assert abs((means.clock.now() - datetime.now(UTC)).total_seconds()) < 60


def test_a_service_that_forecasts_nothing_is_asked_what_everybody_answers(tmp_path: Path) -> None:
    backends = compose(Settings(home=tmp_path))
    for service in ("admin-dashboard", SERVICE):  # and a forecaster that has no graded slate yet
        repeating = Repeating(backends, service, nobody)
        assert (repeating.calls(), repeating.replay("http://127.0.0.1:1", "http://127.0.0.1:1")) == (EVERYWHERE, None)


def test_a_forecaster_is_asked_about_people_on_its_newest_graded_slate(graded_home: Backends) -> None:
    repeating = Repeating(graded_home, SERVICE, nobody)
    slate = repeating.slates()[0]
    calls = repeating.calls()
    assert 1 <= len(calls) <= PEOPLE
    assert {call.path for call in calls} == {"/predict-now"}
    asked = pl.DataFrame([dict(call.body or {}) for call in calls])
    assert asked["game_day"].unique().to_list() == [str(slate.game_day)]
    assert asked.select("event_id", "participant_id").is_unique().all()


@pytest.mark.parametrize("service", PROCESSORS)
def test_a_processor_is_asked_for_the_graded_days_of_both_sports(graded_home: Backends, service: str) -> None:
    repeating = Repeating(graded_home, service, nobody)
    assert {slate.sport for slate in repeating.slates()} == set(Sport)
    assert repeating.calls() == EVERYWHERE


@pytest.mark.parametrize("service", [SERVICE, *PROCESSORS])
@pytest.mark.parametrize("address", ["http://127.0.0.1:1"])
def test_arms_that_cannot_be_asked_are_no_evidence(
    graded_home: Backends, service: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("propcast.delivery.replay.asking.TRIES", 1)
    assert Repeating(graded_home, service, nobody).replay(address, address) is None
