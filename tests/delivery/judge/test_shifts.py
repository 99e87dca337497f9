"""The rank interval: what all pairwise differences say, without writing them out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from propcast.delivery.judge.shifts import Floats, Stratum, shift

SAMPLES = st.lists(st.integers(-50, 50).map(float), min_size=1, max_size=30).map(np.array)


@given(SAMPLES, SAMPLES)
def test_the_estimate_is_the_median_of_all_differences(ours: Floats, theirs: Floats) -> None:
    differences = (ours[:, None] - theirs[None, :]).ravel()
    assert shift([(ours, theirs)], 0.98).estimate == pytest.approx(float(np.median(differences)), abs=1e-9)


@given(SAMPLES, SAMPLES)
def test_exchanged_samples_mirror_estimate_and_interval(ours: Floats, theirs: Floats) -> None:
    one, other = shift([(ours, theirs)], 0.98), shift([(theirs, ours)], 0.98)
    assert one.estimate == pytest.approx(-other.estimate, abs=1e-9)
    assert (one.interval is None) == (other.interval is None)
    if one.interval and other.interval:
        assert one.interval == pytest.approx((-other.interval[1], -other.interval[0]), abs=1e-9)


@given(SAMPLES, SAMPLES, st.floats(-5, 5))
def test_a_shifted_sample_shifts_everything(ours: Floats, theirs: Floats, by: float) -> None:
    before, after = shift([(ours, theirs)], 0.9), shift([(ours + by, theirs)], 0.9)
    assert after.estimate == pytest.approx(before.estimate + by, abs=1e-9)


def test_the_interval_is_what_the_rank_test_does_not_refuse() -> None:
    rng = np.random.default_rng(3)
    ours, theirs = rng.normal(0.3, 1, 60), rng.normal(0, 1, 80)
    found = shift([(ours, theirs)], 0.98).interval
    assert found is not None
    for end, inward in ((found[0], 1e-2), (found[1], -1e-2)):
        inside, outside = (mannwhitneyu(ours - end - by, theirs, use_continuity=False) for by in (inward, -inward))
        assert outside.pvalue < 0.02 < inside.pvalue


def test_the_interval_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(5)
    drawn = [(np.log(1.3) + rng.normal(0, 0.5, 50), rng.normal(0, 0.5, 60)) for _ in range(1500)]
    ends = [found for pair in drawn if (found := shift([pair], 0.98).interval)]
    assert 0.972 <= np.mean([low <= np.log(1.3) <= high for low, high in ends]) <= 0.99


def test_values_of_different_strata_are_never_compared() -> None:
    rng = np.random.default_rng(9)
    strata: list[Stratum] = [(base + rng.normal(0.2, 0.1, n), base + rng.normal(0, 0.1, 40)) for base, n in ((0, 5), (9, 60))]  # fmt: skip
    found = shift(strata, 0.98)
    assert found.estimate == pytest.approx(0.2, abs=0.05)
    assert found.interval is not None
    assert found.interval[0] < 0.2 < found.interval[1]


def test_too_few_values_have_no_interval() -> None:
    assert shift([(np.array([1.0, 2.0]), np.array([1.0, 3.0]))], 0.98).interval is None
