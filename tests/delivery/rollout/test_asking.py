"""What a controller asks of revisions: who they are, whether they are ready, which one answers; its load on them."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import date

import pytest

from propcast.delivery.rollout.inspecting import Inspecting
from propcast.delivery.rollout.live import Live
from propcast.delivery.rollout.load import Call, Pace
from propcast.delivery.rollout.looking import Looking
from propcast.delivery.rollout.states import Said
from propcast.delivery.targets.port import Image, Wanted
from propcast.delivery.targets.requesting import SYNTHETIC_AGENT
from propcast.service.asking import nobody
from propcast.service.expectations import Expectation, Expectations
from propcast.service.health.body import HealthBody, Status
from tests.delivery.rollout.arms import answering, body, failing
from tests.delivery.rollout.world import NEW, SERVICE

TODAY = date(2026, 11, 26)
NONE = Expectations("local", TODAY)
MISSING = Expectation(SERVICE, "models:unloaded", Status.FAIL, "no champion yet", "forecasting", TODAY)
CALLS = (Call("/health"), Call("/ready"), Call("/openapi.json"))
WANTED = Wanted(SERVICE, "r1", "canary", NEW)


def at_once(_: asyncio.AbstractEventLoop) -> Pace:
    """Time that passes when somebody waits for it."""

    async def pace(_: float) -> None:
        await asyncio.sleep(0)

    return pace


def looking(expectations: Expectations = NONE) -> Looking:
    return Looking(nobody, expectations, lambda _: CALLS, at_once)


def unbothered() -> None:
    """Beat."""


def test_both_arms_get_the_same_load_marked_as_nobodys() -> None:
    with answering(body()) as canary, answering(body()) as baseline:
        seen = looking().watch(canary.revision("canary"), baseline.revision("baseline"), 10.0, 6.0, unbothered)
        for arm in (canary, baseline):
            load = [(method, path) for method, path, agent in arm.asked if agent.startswith(SYNTHETIC_AGENT)]
            assert sorted(load) == sorted([("GET", call.path) for call in CALLS] * 20)
    assert (seen.sent, seen.answered) == (120, 120)
    assert seen.canary_ready == seen.baseline_ready == (True, True)


def test_without_synthetic_load_arms_are_still_asked_whether_they_are_ready() -> None:
    with answering(failing()) as canary, answering(body()) as baseline:
        seen = looking().watch(canary.revision("canary"), baseline.revision("baseline"), 20.0, 0.0, unbothered)
        assert canary.times("/ready") == 4
    assert (seen.sent, seen.canary_ready, seen.baseline_ready) == (0, (False,) * 4, (True,) * 4)


def test_a_failure_that_is_declared_counts_as_ready() -> None:
    declared = Expectations("local", TODAY, (MISSING,))
    with answering(failing()) as canary, answering(body()) as baseline:
        seen = looking(declared).watch(canary.revision("canary"), baseline.revision("baseline"), 5.0, 0.0, unbothered)
    assert seen.canary_ready == (True,)


def test_what_nobody_answers_is_counted_as_sent_only() -> None:
    with answering(body()) as gone:
        pass
    with answering(body()) as baseline:
        seen = looking().watch(gone.revision("canary"), baseline.revision("baseline"), 1.0, 10.0, unbothered)
    assert (seen.sent, seen.answered) == (20, 10)
    assert seen.canary_ready == (False,)


def test_a_beat_that_raises_ends_the_window() -> None:
    def stop() -> None:
        raise InterruptedError

    with answering(body()) as canary, answering(body()) as baseline, pytest.raises(InterruptedError):
        looking().watch(canary.revision("canary"), baseline.revision("baseline"), 3600.0, 0.1, stop)


def test_a_revision_that_is_who_it_should_be_and_well_is_fit() -> None:
    with answering(body()) as arm:
        found = Inspecting(nobody, NONE).inspect(WANTED, arm.revision("canary"))
        assert sorted(path for _, path, _ in arm.asked) == ["/health", "/health/deep", "/ready"]  # asked at once
    assert (found.troubles, found.said) == ((), Said(body().release_id, body().config_hash))


def no_model(_: HealthBody) -> HealthBody:
    return failing()


def says(**told: object) -> Callable[[HealthBody], HealthBody]:
    return lambda well: well.model_copy(update=told)


@pytest.mark.proves("H11")
@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (no_model, "models:unloaded = 2 models"),
        (says(service_id="mlb-prediction-worker"), "its service is mlb-prediction-worker"),
        (says(revision="r0"), "its revision is r0, not r1"),
        (says(image_digest="sha256:" + "c" * 64), f"its digest is sha256:{'c' * 64}"),
    ],
)
def test_one_that_is_not_is_told_by_what(spoil: Callable[[HealthBody], HealthBody], told: str) -> None:
    with answering(spoil(body())) as arm:
        found = Inspecting(nobody, NONE).inspect(WANTED, arm.revision("canary"))
    assert any(told in trouble for trouble in found.troubles)


def test_another_configuration_than_the_target_has_read_is_a_trouble() -> None:
    with answering(body()) as arm:
        revision = arm.revision("canary")
        arm.body = body(config_hash="0" * 12)
        found = Inspecting(nobody, NONE).inspect(WANTED, revision)
    assert found.troubles == (f"it says that its config hash is {'0' * 12}, not {body().config_hash}",)


def test_another_digest_than_was_wanted_is_not_even_asked() -> None:
    with answering(body()) as arm:
        wanted = Wanted(SERVICE, "r1", "canary", Image("dir:/other", "sha256:" + "d" * 64))
        found = Inspecting(nobody, NONE).inspect(wanted, arm.revision("canary"))
        assert arm.asked == []
    assert "not sha256:ddd" in found.troubles[0]


def test_a_live_request_says_which_revision_it_came_to() -> None:
    def shown(_: str) -> Mapping[str, str]:
        return {}

    with answering(body()) as arm:
        assert Live(lambda _: arm.url, shown).revision(SERVICE) == "r1"
        assert Live(lambda _: arm.url, shown).revision("prediction-coordinator") is None
    assert Live(lambda _: arm.url, shown).revision(SERVICE) is None
