"""The cases of the design's table and of its acceptance tests, each with the figures that are asked."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.judge.canaries import GOOD, WINDOW_S, Canary, Quality
from propcast.delivery.judge.change import judge_change
from propcast.delivery.judge.evidence import Change, Limits, Replay, Verdict
from propcast.delivery.judge.judging import together
from propcast.delivery.judge.latency import judge_latency

Play = Callable[[np.random.Generator], Verdict]

FAIL, PASS, PAUSE = Verdict.FAIL, Verdict.PASS, Verdict.INCONCLUSIVE
ROUGHLY, NEARLY = 2.0, 0.5
"""Points: a figure of the document is a rounded share of simulated runs, ours of other ones; shares near an end of the
scale hardly vary, and only rounding is allowed for."""


@dataclass(frozen=True)
class Asked:
    """A figure of the document, in percent: about that much, at least or at most that much."""

    percent: float
    how: str = "≈"

    def is_met(self, percent: float) -> bool:
        """Tell whether a measured share is as asked."""
        match self.how:
            case "≥":
                return percent >= self.percent
            case "≤":
                return percent <= self.percent
            case _:
                is_near_an_end = not 5 < self.percent < 95
                return abs(percent - self.percent) <= (NEARLY if is_near_an_end else ROUGHLY)


@dataclass(frozen=True)
class Case:
    """One case at one number of requests: how it is played, how often, and what is asked of its outcomes."""

    name: str
    n: int
    runs: int
    play: Play
    asked: dict[Verdict, Asked]

    def percents(self, seed: int, runs: int | None = None) -> dict[Verdict, float]:
        """Return how often each outcome came, in percent."""
        rng, runs = np.random.default_rng([seed, self.n]), runs or self.runs
        found = Counter(self.play(rng) for _ in range(runs))
        return {verdict: 100 * found[verdict] / runs for verdict in Verdict}


def least(percent: float) -> Asked:
    """Ask for at least that much."""
    return Asked(percent, "≥")


def most(percent: float) -> Asked:
    """Ask for at most that much."""
    return Asked(percent, "≤")


def errors(name: str, n: int, rate: float, asked: dict[Verdict, Asked], margin: float = 0.02) -> Case:
    """Return the case of a stage that counts errors."""
    canary = Canary(Quality(errors=rate), n, Limits(max(50, n), error_margin=margin))
    return Case(name, n, 20_000, canary.errors, asked)


def slow(n: int, asked: Asked) -> Case:
    """Return the case of one window of a canary that takes half as long again."""
    canary = Canary(Quality(slowness=1.5), n, Limits(n, max_windows=1))

    def play(rng: np.random.Generator) -> Verdict:
        return together(judge_latency(next(canary.windows(rng)), canary.limits))

    return Case("latency × 1.5, one window", n, 2_000, play, {FAIL: asked})


def biased(n: int, asked: Asked) -> Case:
    """Return the case of a declared change that moves means by 0.3 of a unit."""

    def play(rng: np.random.Generator) -> Verdict:
        shifts, none = rng.normal(0.3, 0.5, n).tolist(), [0.0] * n
        return together(judge_change("replay", Replay(5, n, 0, n, (), Change(shifts, none, 0, none, 0, n))))

    return Case("declared change with +0.3 mean bias", n, 2_000, play, {FAIL: asked})


def whole(name: str, n: int, quality: Quality, asked: dict[Verdict, Asked], baseline: Quality = GOOD) -> Case:
    """Return the case of a whole rollout by every criterion."""
    return Case(name, n, 500, Canary(quality, n, Limits(n), baseline).rollout, asked)


def stage(name: str, quality: Quality, asked: dict[Verdict, Asked], windows: int = 3, n: int = 400) -> Case:
    """Return the case of one stage by every criterion."""
    return Case(name, n, 200, Canary(quality, n, Limits(n, max_windows=windows)).stage, asked)


ALL, NONE = least(100.0), most(0.0)
PAUSED = {PAUSE: ALL, PASS: NONE, FAIL: NONE}
CAUGHT = {FAIL: ALL}

FIGURES = (
    *(errors("5 % errors against 0.5 %", n, 0.05, {FAIL: asked})
      for n, asked in ((100, Asked(61)), (400, least(99.9)), (1000, least(99.9)))),
    errors("2 % errors against 0.5 %, margin 2", 400, 0.02, {FAIL: Asked(55), PAUSE: Asked(22), PASS: Asked(22)}),
    errors("2 % errors against 0.5 %, margin 2", 1000, 0.02, {FAIL: Asked(82), PAUSE: Asked(0), PASS: Asked(18)}),
    errors("2 % errors against 0.5 %, margin 1", 400, 0.02, {FAIL: Asked(57), PAUSE: Asked(42), PASS: Asked(1)}, 0.01),
    errors("2 % errors against 0.5 %, margin 1", 1000, 0.02,
           {FAIL: Asked(98.5), PAUSE: Asked(1), PASS: Asked(0.5)}, 0.01),
    *(slow(n, asked) for n, asked in ((50, Asked(86)), (100, Asked(99)), (400, least(99.9)), (1000, least(99.9)))),
    whole("good to good, whole rollout", 400, GOOD, {PASS: Asked(99.9), FAIL: most(1)}),
    whole("good to good, whole rollout", 1000, GOOD, {PASS: Asked(99.8), FAIL: most(1)}),
    whole("good to good at 1 % errors", 400, Quality(errors=0.01), {PASS: Asked(98)}, Quality(errors=0.01)),
    whole("good to good at 1 % errors", 700, Quality(errors=0.01), {PASS: Asked(99.7)}, Quality(errors=0.01)),
    *(biased(n, asked) for n, asked in ((50, Asked(59)), (100, Asked(92)), (400, least(99.9)), (1000, least(99.9)))),
)  # fmt: skip

_HOUR = Quality(errors=0.05, slowness=3.0)
_BUSY = Quality(stalled=0.1)
_SLOW_AND_BUSY = Canary(Quality(stalled=0.1, slowness=1.5), 400, Limits(400), _BUSY)

ACCEPTANCE = (
    whole("C1 good rollouts", 400, GOOD, {PASS: least(99), FAIL: most(1)}),
    stage("C2 5 % errors, first stage", Quality(errors=0.05), {FAIL: least(99)}),
    replace(slow(50, least(80)), name="C3 latency × 1.5"),
    replace(slow(400, least(99)), name="C3 latency × 1.5"),
    stage("C4 no traffic, none made", Quality(traffic=False), PAUSED),
    stage("C5 source down or of others", Quality(reporting=False), PAUSED),
    stage("C5 source empty", Quality(age_s=None), PAUSED),
    stage("C5 source late", Quality(age_s=2 * WINDOW_S), PAUSED),
    stage("C6 crash loop, one window", Quality(restarts=3), CAUGHT, 1),
    stage("C6 /ready fails, one window", Quality(ready=False), CAUGHT, 1),
    stage("C6 out of memory, one window", Quality(out_of_memory=1), CAUGHT, 1),
    whole("C11 a slow hour in both arms", 400, _HOUR, {FAIL: Asked(0.99, "≤")}, _HOUR),
    whole("C11 stalls of each arm by itself", 400, _BUSY, {FAIL: most(2), PASS: least(70)}, _BUSY),
    Case("C3 latency × 1.5 with such stalls, first stage", 400, 200, _SLOW_AND_BUSY.stage, {FAIL: least(80)}),
)
