"""The table of the judge, row by row: what passes, what fails, and what nothing can be said of."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propcast.core.errors import InputError
from propcast.delivery.judge.evidence import Arm, Criterion, Difference, Limits, Replay, Verdict
from propcast.delivery.judge.judging import judge, together
from tests.delivery.judge.evidences import LIMITS, ROUTE, WINDOW_S, arm, by_name, evidence, spread, verdict

PASS, FAIL, NOTHING = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE


def test_a_good_canary_passes_every_criterion() -> None:
    judged = judge(evidence(), Limits())
    assert by_name(judged.criteria) == {
        "enough data": PASS, "error ratio": PASS, f"latency of {ROUTE}": PASS, "readiness": PASS
    }  # fmt: skip
    assert judged.verdict is PASS


def criterion(verdict: Verdict) -> Criterion:
    return Criterion("any", verdict, None, None, None, "")


def test_one_fail_fails_and_all_must_pass() -> None:
    for verdicts in itertools.product(Verdict, repeat=3):
        expected = FAIL if FAIL in verdicts else PASS if set(verdicts) == {PASS} else NOTHING
        assert together(map(criterion, verdicts)) is expected
    assert together([]) is NOTHING


@pytest.mark.proves("C4")
def test_without_traffic_nothing_is_said() -> None:
    assert verdict(arm(0), arm(0)) is NOTHING


@pytest.mark.proves("C5")
@pytest.mark.parametrize(
    "silent",
    [
        {"reporting": False},
        {"telemetry_age_s": None},
        {"telemetry_age_s": 2 * WINDOW_S},
        {"reporting": False, "errors": 400},
        {"telemetry_age_s": 500.0, "errors": 400},
        {"telemetry_age_s": None, "seconds": {ROUTE: spread(400, 3)}},
    ],
    ids=str,
)
def test_telemetry_that_is_missing_late_or_of_others_neither_passes_nor_fails(silent: dict[str, Any]) -> None:
    assert verdict(arm(**silent)) is NOTHING
    assert verdict(baseline=arm(**silent)) is NOTHING


def test_telemetry_of_less_than_two_windows_ago_is_fresh_enough() -> None:
    assert verdict(arm(telemetry_age_s=2 * WINDOW_S - 1)) is PASS


def test_too_little_is_inconclusive_in_either_arm() -> None:
    assert verdict(arm(399)) is verdict(baseline=arm(399)) is NOTHING


def test_a_canary_that_breaks_at_once_fails_before_there_is_enough_to_pass() -> None:
    assert verdict(arm(100, 60), arm(100)) is FAIL


@pytest.mark.parametrize(("ours", "theirs", "expected"), [(2, 2, PASS), (0, 40, PASS), (10, 2, NOTHING), (25, 2, FAIL)])
def test_errors_of_400(ours: int, theirs: int, expected: Verdict) -> None:
    assert verdict(arm(errors=ours), arm(errors=theirs)) is expected


@pytest.mark.parametrize(("times", "expected"), [(1.0, PASS), (1.24, NOTHING), (1.4, FAIL), (0.5, PASS)])
def test_latency_against_the_same_route(times: float, expected: Verdict) -> None:
    assert verdict(arm(seconds={ROUTE: spread(400, times)})) is expected


def test_a_ratio_that_is_not_well_known_is_no_failure() -> None:
    """Ten times as slow as others of the same arm, and 50 of them: 1.4 may be chance."""
    wide = [0.01 * 10 ** (2 * n / 50 - 1) for n in range(50)]
    judged = judge(
        evidence(arm(50, seconds={ROUTE: [1.4 * each for each in wide]}), arm(50, seconds={ROUTE: wide})), LIMITS
    )
    latency = judged.criteria[2]
    assert latency.estimate == pytest.approx(1.4, rel=0.05)
    assert latency.verdict is NOTHING


def test_a_slow_route_is_not_hidden_behind_a_fast_one() -> None:
    both = {ROUTE: spread(320), "/status": spread(80)}
    slow = {ROUTE: spread(320, 0.5), "/status": spread(80, 2.0)}
    judged = judge(evidence(arm(seconds=slow), arm(seconds=both)), Limits())
    assert (by_name(judged.criteria)["latency of /status"], judged.verdict) == (FAIL, FAIL)


def test_rare_routes_are_compared_together_and_never_with_each_other() -> None:
    """The canary got more of the slow route: by itself that is no slowness."""
    ours = {"/fast": spread(30), "/slow": spread(45, 50)}
    theirs = {"/fast": spread(45), "/slow": spread(30, 50)}
    judged = judge(evidence(arm(seconds=ours), arm(seconds=theirs)), Limits())
    (of_others,) = [each for each in judged.criteria if each.name == "latency of other routes"]
    assert of_others.estimate == pytest.approx(1.0, abs=0.02)
    slower = {route: [2 * each for each in seconds] for route, seconds in ours.items()}
    assert verdict(arm(seconds=slower), arm(seconds=theirs)) is FAIL


def test_without_a_route_of_both_arms_latency_is_unknown() -> None:
    assert verdict(arm(seconds={"/other": spread(400)})) is NOTHING


@pytest.mark.proves("C6")
@pytest.mark.parametrize(
    ("fares", "expected"),
    [
        ({"restarts": 1}, FAIL),
        ({"out_of_memory": 1}, FAIL),
        ({"ready": (True, False, False, True)}, FAIL),
        ({"ready": (True, False, True, False)}, NOTHING),
        ({"ready": (True, False, True, True)}, NOTHING),
        ({"ready": (False, True, True, True)}, PASS),
        ({"ready": ()}, NOTHING),
    ],
    ids=str,
)
def test_readiness_and_restarts(fares: dict[str, Any], expected: Verdict) -> None:
    assert verdict(arm(**fares)) is expected


COUNTERS = {"abstentions": 3.0, "no_line": 0.25, "rows": 900.0}


@pytest.mark.parametrize(
    ("ours", "theirs", "limits", "expected"),
    [
        (None, None, Limits(), PASS),
        (None, None, Limits(asked=frozenset({"business"})), NOTHING),
        (COUNTERS, None, Limits(), NOTHING),
        (COUNTERS, COUNTERS, Limits(asked=frozenset({"business"})), PASS),
        ({**COUNTERS, "rows": 899.0}, COUNTERS, Limits(), FAIL),
        ({**COUNTERS, "rows": 880.0}, COUNTERS, Limits(forecast_change=True), PASS),
        ({**COUNTERS, "rows": 800.0}, COUNTERS, Limits(forecast_change=True), FAIL),
        ({"rows": 900.0}, COUNTERS, Limits(forecast_change=True), FAIL),
    ],
)
def test_business_counters(
    ours: dict[str, float] | None, theirs: dict[str, float] | None, limits: Limits, expected: Verdict
) -> None:
    assert verdict(arm(business=ours), arm(business=theirs), limits) is expected


ONE = Difference("predictions", "nba:1 nba:2 points ensemble at 10.5", "mean", 10.1, 10.4)


@pytest.mark.parametrize(
    ("replay", "limits", "expected"),
    [
        (None, Limits(), PASS),
        (None, Limits(asked=frozenset({"replay"})), NOTHING),
        (Replay(0, 0, 0, 0), Limits(), NOTHING),
        (Replay(5, 900, 0, 0), Limits(), PASS),
        (Replay(5, 900, 0, 1, (ONE,)), Limits(), FAIL),
        (Replay(5, 900, 1, 0), Limits(), FAIL),
        (Replay(5, 900, 1, 0), Limits(forecast_change=True), FAIL),
        (Replay(5, 900, 0, 9), Limits(forecast_change=True), NOTHING),
        (Replay(5, 900, 0, 9, vanished=0), Limits(), FAIL),
        (Replay(5, 900, 0, 9, vanished=0), Limits(forecast_change=True), PASS),
        (Replay(5, 900, 0, 9, vanished=1), Limits(forecast_change=True), FAIL),
        (Replay(5, 900, 1, 0, vanished=0), Limits(forecast_change=True), FAIL),
    ],
)
def test_replayed_slates(replay: Replay | None, limits: Limits, expected: Verdict) -> None:
    assert verdict(limits=limits, replay=replay) is expected


def test_what_differs_is_named() -> None:
    judged = judge(evidence(replay=Replay(5, 900, 0, 1, (ONE,))), Limits())
    assert "points ensemble at 10.5 mean: 10.1 became 10.4" in judged.criteria[-1].told


@pytest.mark.parametrize(
    "limits",
    [{"min_requests": 49}, {"error_margin": 0.0}, {"error_margin": 2.0}, {"latency_ratio": 1.0}, {"max_windows": 0}],
)
def test_limits_that_prove_nothing_are_refused(limits: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        Limits(**limits)


ARMS = st.builds(
    arm,
    n=st.integers(0, 800),
    reporting=st.booleans(),
    telemetry_age_s=st.none() | st.floats(0, 300),
    restarts=st.integers(0, 1),
    ready=st.lists(st.booleans(), max_size=4).map(tuple),
)


@given(canary=ARMS, baseline=ARMS)
def test_nothing_passes_unless_both_arms_report_freshly_on_enough(canary: Arm, baseline: Arm) -> None:
    if verdict(canary, baseline) is PASS:
        assert canary.reporting
        assert baseline.reporting
        assert min(canary.answered, baseline.answered) >= Limits().min_requests
        assert all(canary.ready[-3:])
