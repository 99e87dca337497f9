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
STALLS = (0.0, 1.3, 4.0, 5.6, 7.5)
"""When one arm stood still for a good half of a second: three of ten of its requests were hit."""
OURS, THEIRS = 1, 2
"""Seeds: what one arm is made of, and the other."""


def made(seed: int, slowness: float, stalls: Sequence[float]) -> tuple[Floats, Floats]:
    """Instants and seconds of the requests of an arm."""
    rng = np.random.default_rng(seed)
    at = np.sort(rng.random(N)) * WINDOW_S
    slow = np.any([(at >= begin) & (at < begin + 0.6) for begin in (*stalls, np.inf)], axis=0)
    return at, 0.02 * slowness * np.exp(rng.normal(0, 0.3, N)) * np.where(slow, 20.0, 1.0)


def sample(seed: int, slowness: float = 1.0, stalls: Sequence[float] = ()) -> Timed:
    at, seconds = made(seed, slowness, stalls)
    return Timed(np.log(seconds), at)


def measured(seed: int, slowness: float = 1.0, stalls: Sequence[float] = ()) -> dict[str, Any]:
    at, seconds = made(seed, slowness, stalls)
    return {"seconds": {ROUTE: seconds.tolist()}, "at": {ROUTE: at.tolist()}}


def test_stalls_of_one_arm_are_noticed_and_those_of_both_or_none_are_not() -> None:
    assert is_stalled([(sample(OURS, stalls=STALLS), sample(THEIRS))])
    assert is_stalled([(sample(OURS), sample(THEIRS, stalls=STALLS))])
    assert not is_stalled([(sample(OURS, stalls=STALLS), sample(THEIRS, stalls=STALLS))])
    assert not is_stalled([(sample(OURS), sample(THEIRS))])
    assert not is_stalled([(sample(OURS, slowness=1.5), sample(THEIRS))])


def test_without_times_nothing_is_known_of_stalls() -> None:
    untimed = Timed(sample(OURS, stalls=STALLS).values, np.array([]))
    assert not is_stalled([(untimed, sample(OURS))])


@pytest.mark.parametrize("stalls", [(), STALLS[:3]])
def test_the_middle_slice_is_what_a_release_takes_for_most_of_the_time(stalls: Sequence[float]) -> None:
    found = shift_by_slices([(sample(OURS, 1.5, stalls), sample(THEIRS))], 0.98)
    assert float(np.exp(found.estimate)) == pytest.approx(1.5, rel=0.1)
    assert found.interval is not None
    assert found.interval[0] <= found.estimate <= found.interval[1]


def test_strata_share_slices_by_their_distance_from_their_own_middle() -> None:
    ours, theirs = sample(OURS, 1.5), sample(THEIRS)
    far = [Timed(each.values + 5.0, each.at) for each in (sample(OURS, 1.5), sample(THEIRS))]
    found = shift_by_slices([(ours, theirs), (far[0], far[1])], 0.98)
    assert float(np.exp(found.estimate)) == pytest.approx(1.5, rel=0.1)


def test_a_sound_release_that_was_stalled_does_not_fail_and_a_slow_one_does() -> None:
    assert verdict(arm(N, **measured(OURS, stalls=STALLS)), arm(N, **measured(THEIRS))) is not Verdict.FAIL
    slow, other = arm(N, **measured(OURS, 1.6, STALLS)), arm(N, **measured(THEIRS))
    assert verdict(slow, other, window=1) is Verdict.INCONCLUSIVE
    assert verdict(slow, other, window=2) is Verdict.FAIL
    assert verdict(arm(N, **measured(OURS, 1.6)), other, window=1) is Verdict.FAIL
    assert verdict(arm(N, **measured(OURS)), arm(N, **measured(THEIRS))) is Verdict.PASS


def test_the_order_of_arms_only_turns_the_sign() -> None:
    ours, theirs = sample(OURS, 1.4, STALLS), sample(THEIRS)
    there, back = shift_by_slices([(ours, theirs)], 0.98), shift_by_slices([(theirs, ours)], 0.98)
    assert there.estimate == pytest.approx(-back.estimate)
