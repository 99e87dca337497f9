"""The test of errors: monotone, symmetric, and more of the same never says less."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from propcast.core.shares import share_interval
from propcast.delivery.judge.error_ratio import judge_errors
from propcast.delivery.judge.evidence import Limits, Verdict
from propcast.delivery.judge.proportions import chance_of_more, difference_interval
from tests.delivery.judge.evidences import arm, evidence

RANK = {Verdict.PASS: 0, Verdict.INCONCLUSIVE: 1, Verdict.FAIL: 2}


def judged(ours: int, n: int, theirs: int, m: int, margin: float = 0.02) -> Verdict:
    return judge_errors(evidence(arm(n, ours), arm(m, theirs)), Limits(error_margin=margin)).verdict


@st.composite
def counts(draw: st.DrawFn) -> tuple[int, int, int, int]:
    n, m = draw(st.integers(50, 2000)), draw(st.integers(50, 2000))
    return draw(st.integers(0, n - 1)), n, draw(st.integers(0, m - 1)), m


@given(counts())
def test_one_error_more_is_never_better(found: tuple[int, int, int, int]) -> None:
    ours, n, theirs, m = found
    assert RANK[judged(ours + 1, n, theirs, m)] >= RANK[judged(ours, n, theirs, m)]
    assert RANK[judged(ours, n, theirs + 1, m)] <= RANK[judged(ours, n, theirs, m)]


@given(counts(), st.floats(0.001, 0.4))
def test_a_wider_margin_never_takes_a_pass_away(found: tuple[int, int, int, int], margin: float) -> None:
    if judged(*found, margin) is Verdict.PASS:
        assert judged(*found, 2 * margin) is Verdict.PASS


@given(counts(), st.integers(2, 5))
def test_more_of_the_same_turns_no_pass_into_doubt_and_no_failure_into_anything(
    found: tuple[int, int, int, int], times: int
) -> None:
    before, after = judged(*found), judged(*(times * each for each in found))
    if before is not Verdict.INCONCLUSIVE:
        assert after is not Verdict.INCONCLUSIVE
    if before is Verdict.FAIL:
        assert after is Verdict.FAIL


@given(counts(), st.floats(0.5, 0.999))
def test_exchanged_arms_mirror_the_interval(found: tuple[int, int, int, int], confidence: float) -> None:
    ours, n, theirs, m = found
    low, high = difference_interval(ours, n, theirs, m, confidence)
    mirrored = difference_interval(theirs, m, ours, n, confidence)
    assert (-high, -low) == pytest.approx(mirrored)
    assert low <= ours / n - theirs / m <= high


def test_the_interval_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(7)
    draws = rng.binomial(400, [[0.02], [0.05]], (2, 4000))
    ends = [difference_interval(int(ours), 400, int(theirs), 400, 0.95) for ours, theirs in draws.T]
    covered = np.mean([low <= -0.03 <= high for low, high in ends])
    assert 0.94 <= covered <= 0.97


def test_published_examples_are_reproduced() -> None:
    """Newcombe (1998), table II, method 10: 56/70 against 48/80, and 9/10 against 3/10."""
    assert difference_interval(56, 70, 48, 80, 0.95) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert difference_interval(9, 10, 3, 10, 0.95) == pytest.approx((0.1705, 0.8090), abs=5e-5)
    assert share_interval(81, 263, 0.95) == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_the_exact_chance_is_that_of_all_ways_to_deal_the_errors() -> None:
    """3 errors among 4 + 4 requests: 4 of the 56 ways give all three to the first."""
    assert chance_of_more(3, 4, 0, 4) == pytest.approx(4 / 56)
    assert chance_of_more(0, 4, 3, 4) == pytest.approx(1.0)


def test_significance_alone_is_no_failure() -> None:
    """0.4 points worse of a margin of 2, with any number of requests."""
    assert judged(900, 100_000, 500, 100_000) is Verdict.PASS


def test_rules_of_thumb() -> None:
    """Without an error 400 per arm prove less than 2 points; fewer than 189 prove it with nothing."""
    assert judged(0, 400, 0, 400) is Verdict.PASS
    assert judged(0, 189, 0, 189) is Verdict.PASS
    assert judged(0, 188, 0, 188) is Verdict.INCONCLUSIVE


@given(st.integers(1, 2000), st.integers(1, 2000), st.data())
def test_the_exact_test_is_that_of_the_books(n: int, other_n: int, data: st.DataObject) -> None:
    hits, other = data.draw(st.integers(0, n)), data.draw(st.integers(0, other_n))
    expected = hypergeom.sf(hits - 1, n + other_n, hits + other, n)
    assert chance_of_more(hits, n, other, other_n) == pytest.approx(expected, rel=1e-9, abs=1e-12)
