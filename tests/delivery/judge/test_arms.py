"""An arm is what a target's own log says of a revision, no more and nothing of another."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propcast.delivery.judge.arms import WARMING_UP, Log, arm_of
from propcast.delivery.judge.evidence import Arm, Verdict
from propcast.delivery.targets.port import Condition, Request, Revision
from tests.delivery.judge.evidences import NOW, ROUTE, WINDOW_S, verdict

UNTIL = NOW + timedelta(seconds=WINDOW_S)
FINE = Condition(instances=1, ready=True, restarts=0, out_of_memory=0, seen_at=UNTIL)


def revision(name: str) -> Revision:
    return Revision("worker", name, "canary", "http://127.0.0.1:1", f"sha256:{name}", "c" * 12, NOW)


NEW, OLD = revision("new"), revision("old")


def requests(
    name: str, *codes: int, warm: bool = True, instance: str = "", route: str = ROUTE, **told: bool
) -> list[Request]:
    """One request for each code; those that are discarded go before unless told."""
    answered = [*([500] * WARMING_UP if warm else []), *codes]
    return [
        Request(NOW + timedelta(milliseconds=n), name, instance or name, route, code, 0.02, **told)
        for n, code in enumerate(answered)
    ]


def arm(log: list[Request] | None, *conditions: Condition | None, pushes: tuple[str, ...] = ()) -> Arm:
    return arm_of(NEW, OLD, Log(log, UNTIL, pushes), conditions or (FINE,))


def test_the_first_requests_of_each_instance_are_left_out() -> None:
    first = requests("new", *[200] * 30, instance="a", warm=False)
    log = [*first, *requests("new", *[200] * 30, instance="b", warm=False), *requests("old", 200)]
    assert arm(log[::-1]).answered == 2 * (30 - WARMING_UP)


@pytest.mark.parametrize(("code", "errors"), [(200, 0), (302, 0), (404, 1), (429, 1), (500, 1), (503, 1), (599, 1)])
def test_what_counts_as_an_error(code: int, errors: int) -> None:
    found = arm([*requests("new", code, 200), *requests("old", 200, 200)])
    assert (found.answered, found.errors) == (2, errors)


def test_a_refusal_that_the_other_arm_gives_too_is_no_error_but_only_on_that_route() -> None:
    log = [*requests("new", 404, 404, 200, 200), *requests("old", 404, 200)]
    assert arm(log).errors == 0
    elsewhere = [*requests("new", 404, route="/a"), *requests("old", 404, route="/b")]
    assert arm(elsewhere).errors == 1


def test_refusing_nearly_everybody_is_an_error_even_if_the_other_arm_refuses_somebody() -> None:
    log = [*requests("new", *[401] * 190, *[200] * 10), *requests("old", 401, *[200] * 199)]
    assert arm(log).errors == 190
    assert arm_of(OLD, NEW, Log(log, UNTIL), [FINE]).errors == 0


@pytest.mark.parametrize("code", [302, 429])
def test_a_push_that_is_not_taken_is_an_error_whoever_else_does_not_take_it(code: int) -> None:
    log = [*requests("new", code, 204), *requests("old", code, 204)]
    assert arm(log, pushes=(ROUTE,)).errors == 1
    assert arm(log).errors == 0


@pytest.mark.proves("C11")
def test_what_the_stable_revision_had_to_answer_again_stays_counted() -> None:
    log = [*requests("new", 200, 200, retried=True), *requests("old", 200, 200)]
    assert arm(log).errors == 2


def test_organic_and_synthetic_requests_are_told_apart() -> None:
    log = [*requests("new", 200), *requests("new", *[200] * 3, instance="other", synthetic=True)]
    assert (arm(log).organic, arm(log).synthetic) == (1, 3)


def test_latencies_are_of_requests_that_went_well() -> None:
    log = [*requests("new", 200, 500), *requests("new", 200, 200, route="/b", instance="b"), *requests("old", 200)]
    assert {route: len(seconds) for route, seconds in arm(log).seconds.items()} == {ROUTE: 1, "/b": 2}


@pytest.mark.proves("C5")
@pytest.mark.parametrize("log", [None, [], requests("old", *[200] * 500), requests("older", *[200] * 500)])
def test_a_log_that_is_down_empty_or_of_others_is_silence(log: list[Request] | None) -> None:
    found = arm(log)
    assert (found.reporting, found.telemetry_age_s, found.answered) == (False, None, 0)
    assert verdict(found) is Verdict.INCONCLUSIVE


def test_a_condition_that_cannot_be_had_is_silence() -> None:
    log = [*requests("new", *[200] * 500), *requests("old", *[200] * 500)]
    assert arm(log).reporting
    assert not arm(log, FINE, None).reporting


def test_the_age_is_of_the_newest_request() -> None:
    assert arm(requests("new", 200)).telemetry_age_s == pytest.approx(WINDOW_S - 0.020)


@pytest.mark.proves("C6")
def test_restarts_since_the_stage_began_are_counted_once() -> None:
    shaky = Condition(instances=1, ready=False, restarts=2, out_of_memory=1, seen_at=UNTIL)
    found = arm(requests("new", 200), FINE, shaky, shaky)
    assert (found.ready, found.restarts, found.out_of_memory) == ((True, False, False), 2, 1)


CODES = st.lists(st.sampled_from([200, 204, 302, 401, 404, 429, 500, 503, 599]), max_size=40)


@given(CODES, CODES)
def test_every_request_after_the_first_ones_is_counted_and_errors_are_some_of_them(
    mine: list[int], theirs: list[int]
) -> None:
    found = arm([*requests("new", *mine), *requests("old", *theirs)])
    assert found.answered == len(mine) == found.organic + found.synthetic
    assert sum(code >= 500 for code in mine) <= found.errors <= sum(code >= 400 for code in mine)
    assert sum(map(len, found.seconds.values())) == found.answered - found.errors
