"""Stalls of a machine are told from a slow release: by when they were, not by how many requests they hit."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from propcast.delivery.judge.evidence import Verdict
from propcast.delivery.judge.shifts import Floats
from propcast.delivery.judge.slices import Timed, is_stalled, shift_by_slices
from tests.delivery.judge.evidences import ROUTE, arm, verdict

N, WINDOW_S = 400, 10.0
RNG = np.random.default_rng(7)
STALLS = (0.0, 1.3, 4.0, 7.5)
"""When one arm stood still for half a second: a fifth of its requests were hit."""


def times(n: int = N) -> Floats:
    return np.sort(RNG.random(n)) * WINDOW_S


def latencies(at: Floats, slowness: float = 1.0, stalls: Sequence[float] = ()) -> Floats:
    slow = (
        np.any([(at >= begin) & (at < begin + 0.6) for begin in stalls], axis=0) if stalls else np.zeros(at.size, bool)
    )
    seconds: Floats = 0.02 * slowness * np.exp(RNG.normal(0, 0.3, at.size)) * np.where(slow, 20.0, 1.0)
    return seconds


def sample(slowness: float = 1.0, stalls: Sequence[float] = ()) -> Timed:
    at = times()
    return Timed(np.log(latencies(at, slowness, stalls)), at)


def measured(slowness: float = 1.0, stalls: Sequence[float] = ()) -> dict[str, Any]:
    at = times()
    return {"seconds": {ROUTE: latencies(at, slowness, stalls).tolist()}, "at": {ROUTE: at.tolist()}}


def test_stalls_of_one_arm_are_noticed_and_those_of_both_or_none_are_not() -> None:
    assert is_stalled([(sample(stalls=STALLS), sample())])
    assert is_stalled([(sample(), sample(stalls=STALLS))])
    assert not is_stalled([(sample(stalls=STALLS), sample(stalls=STALLS))])
    assert not is_stalled([(sample(), sample())])
    assert not is_stalled([(sample(slowness=1.5), sample())])


def test_without_times_nothing_is_known_of_stalls() -> None:
    untimed = Timed(sample(stalls=STALLS).values, np.array([]))
    assert not is_stalled([(untimed, sample())])


@pytest.mark.parametrize("stalls", [(), STALLS])
def test_the_middle_slice_is_what_a_release_takes_whatever_stalls(stalls: Sequence[float]) -> None:
    found = shift_by_slices([(sample(1.5, stalls), sample())], 0.98)
    assert float(np.exp(found.estimate)) == pytest.approx(1.5, rel=0.1)
    assert found.interval is not None
    assert found.interval[0] <= found.estimate <= found.interval[1]


def test_strata_share_slices_by_their_distance_from_their_own_middle() -> None:
    ours, theirs = sample(1.5), sample()
    far = [Timed(each.values + 5.0, each.at) for each in (sample(1.5), sample())]
    found = shift_by_slices([(ours, theirs), (far[0], far[1])], 0.98)
    assert float(np.exp(found.estimate)) == pytest.approx(1.5, rel=0.1)


def test_a_sound_release_that_was_stalled_does_not_fail_and_a_slow_one_does() -> None:
    assert verdict(arm(N, **measured(stalls=STALLS)), arm(N, **measured())) is not Verdict.FAIL
    assert verdict(arm(N, **measured(1.6, STALLS)), arm(N, **measured())) is Verdict.FAIL
    assert verdict(arm(N, **measured()), arm(N, **measured())) is Verdict.PASS


def test_the_order_of_arms_only_turns_the_sign() -> None:
    ours, theirs = sample(1.4, STALLS), sample()
    there, back = shift_by_slices([(ours, theirs)], 0.98), shift_by_slices([(theirs, ours)], 0.98)
    assert there.estimate == pytest.approx(-back.estimate)
