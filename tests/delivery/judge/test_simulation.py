"""Canaries of known quality, played a few times: the figures of the design at the size of a unit test."""

import numpy as np
import pytest
from benchmarks.judge.canaries import GOOD, Canary, Quality
from benchmarks.judge.cases import ACCEPTANCE, FIGURES, Asked, Case

from propcast.delivery.judge.evidence import Limits, Verdict

FEW = 24
SPREAD = 3.5
"""Standard errors that a share of few runs may be off."""


def is_near(asked: Asked, percent: float, runs: int) -> bool:
    share = min(max(asked.percent / 100, 0.001), 0.999)
    slack = 100 * SPREAD * float(np.sqrt(share * (1 - share) / runs))
    return {"≥": percent >= asked.percent - slack, "≤": percent <= asked.percent + slack}.get(
        asked.how, abs(percent - asked.percent) <= slack
    )


@pytest.mark.proves("C1", "C2", "C3", "C4", "C5", "C6", "C11")
@pytest.mark.parametrize(
    "case", [each for each in FIGURES + ACCEPTANCE if each.n <= 400], ids=lambda case: f"{case.name} {case.n}"
)
def test_figures_hold_in_a_few_runs(case: Case) -> None:
    runs = min(case.runs, 400) if "errors against" in case.name else FEW
    percents = case.percents(seed=11, runs=runs)
    assert sum(percents.values()) == pytest.approx(100)
    for verdict, asked in case.asked.items():
        assert is_near(asked, percents[verdict], runs), (verdict, percents, asked)


def test_the_same_seed_plays_the_same() -> None:
    case = FIGURES[0]
    assert case.percents(1, 200) == case.percents(1, 200) != case.percents(2, 200)


def test_a_stage_goes_on_with_what_it_has() -> None:
    windows = list(Canary(GOOD, 100, Limits()).windows(np.random.default_rng(1)))
    assert [each.canary.answered for each in windows] == [100, 200, 300]
    assert [len(each.canary.ready) for each in windows] == [12, 24, 36]


def test_no_more_windows_than_allowed_are_looked_at() -> None:
    unsure = Canary(Quality(traffic=False), 400, Limits(max_windows=2))
    assert len(list(unsure.windows(np.random.default_rng(1)))) == 2
    assert unsure.stage(np.random.default_rng(1)) is Verdict.INCONCLUSIVE
