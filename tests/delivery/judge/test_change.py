"""A declared change of forecasts is judged by how much changes, each figure by itself."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from propcast.delivery.judge.change import judge_change, mean_interval
from propcast.delivery.judge.evidence import Change, Replay, Verdict
from propcast.delivery.judge.judging import together
from tests.delivery.judge.evidences import by_name

N = 1000
PASS, FAIL, NOTHING = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE
ALTERNATING = [0.01 * (-1) ** n for n in range(N)]
SMALL = Change(ALTERNATING, ALTERNATING, 10, ALTERNATING, 0, N)


def judged(change: Change | None) -> dict[str, Verdict]:
    return by_name(judge_change("replay", Replay(5, N, 0, N, (), change)))


def around(middle: float, sd: float, n: int = N) -> Sequence[float]:
    return list(np.random.default_rng(1).normal(middle, sd, n))


def test_a_small_change_passes() -> None:
    assert set(judged(SMALL).values()) == {PASS}


@pytest.mark.parametrize(
    ("name", "change", "expected"),
    [
        ("mean", replace(SMALL, mean_shift=around(0.3, 0.5)), FAIL),
        ("mean", replace(SMALL, mean_shift=around(-0.3, 0.5)), FAIL),
        ("mean", replace(SMALL, mean_shift=around(0.1, 0.5)), NOTHING),
        ("mean", replace(SMALL, mean_shift=around(0.0, 0.5)), PASS),
        ("mean", replace(SMALL, mean_shift=[0.0]), NOTHING),
        ("flips", replace(SMALL, flipped=N), FAIL),
        ("P(over)", replace(SMALL, probability_shift=around(0.05, 0.01)), FAIL),
        ("P(over)", replace(SMALL, probability_shift=around(0.021, 0.02, 50)), NOTHING),
        ("P(over)", replace(SMALL, probability_shift=()), NOTHING),
        ("flips", replace(SMALL, flipped=50), PASS),
        ("flips", replace(SMALL, flipped=60), NOTHING),
        ("flips", replace(SMALL, flipped=90), FAIL),
        ("CRPS", replace(SMALL, crps_shift=around(0.05, 0.1)), FAIL),
        ("CRPS", replace(SMALL, crps_shift=around(-0.05, 0.1)), PASS),
        ("CRPS", replace(SMALL, crps_shift=()), NOTHING),
        ("coherence", replace(SMALL, incoherent=1), FAIL),
    ],
)
def test_each_figure_is_judged_by_itself(name: str, change: Change, expected: Verdict) -> None:
    found = judged(change)
    assert found.pop(f"replay: {name}") is expected
    assert set(found.values()) == {PASS}


@pytest.mark.parametrize("change", [None, Change((), (), 0, (), 0, 0)])
def test_without_paired_figures_nothing_is_said(change: Change | None) -> None:
    assert together(judge_change("replay", Replay(5, N, 0, 0, (), change))) is NOTHING


def test_the_interval_of_a_mean_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    ends = [mean_interval(rng.normal(0.3, 0.5, 100).tolist(), 0.99)[1] for _ in range(3000)]
    assert 0.983 <= np.mean([low <= 0.3 <= high for low, high in ends]) <= 0.995
