"""Canaries of known quality: what their windows look like, and what becomes of a stage and of a whole rollout."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache

import numpy as np

from propcast.delivery.judge.error_ratio import judge_errors
from propcast.delivery.judge.evidence import Arm, Criterion, Evidence, Limits, Verdict
from propcast.delivery.judge.judging import judge
from propcast.delivery.judge.shifts import Floats

STAGES = 4
WINDOW_S = 60.0
MEDIAN_S, SIGMA = 0.05, 0.5
STALL_S, STALL = 5.0, 6.0
ROUTE = "/predict-now"
NOW = datetime(2026, 11, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Quality:
    """How a revision does: its share of errors, its latency against the good one's, and its instances."""

    errors: float = 0.005
    slowness: float = 1.0
    ready: bool = True
    restarts: int = 0
    out_of_memory: int = 0
    traffic: bool = True
    reporting: bool = True
    age_s: float | None = 0.0
    stalled: float = 0.0
    """The share of the time in which everything takes STALL times as long, some seconds at a time."""

    def window(self, rng: np.random.Generator, n: int, name: str, number: int = 0) -> Arm:
        """Return what one window of n requests tells, the number-th of its stage."""
        n = n if self.traffic else 0
        at = WINDOW_S * (number + np.sort(rng.random(n)))
        seconds = MEDIAN_S * self.slowness * np.exp(rng.normal(0, SIGMA, n)) * self.stalls(rng, at)
        return Arm(
            revision=name,
            digest=name,
            reporting=self.reporting,
            telemetry_age_s=self.age_s,
            answered=n,
            errors=int(rng.binomial(n, self.errors)),
            organic=0,
            synthetic=n,
            seconds={ROUTE: seconds.tolist()},
            at={ROUTE: at.tolist()},
            ready=(self.ready,) * 12,
            restarts=self.restarts,
            out_of_memory=self.out_of_memory,
        )

    def stalls(self, rng: np.random.Generator, at: Floats) -> Floats:
        """Return how many times as long everything takes at these instants: a stall hits whoever asks meanwhile."""
        if not self.stalled:
            return np.ones(at.size)
        begin = int(at.min() // STALL_S)
        is_stalled = rng.random(int(at.max() // STALL_S) - begin + 1) < self.stalled
        return np.where(is_stalled[(at // STALL_S).astype(int) - begin], STALL, 1.0)


GOOD = Quality()


@dataclass(frozen=True)
class Canary:
    """A release and the baseline that it is compared with, by limits; `n` requests per arm and window."""

    quality: Quality
    n: int
    limits: Limits
    baseline: Quality = GOOD

    def windows(self, rng: np.random.Generator) -> Iterator[Evidence]:
        """Yield the evidence of one stage, window by window, each with those before it."""
        evidence = None
        for window in range(1, self.limits.max_windows + 1):
            ours = self.quality.window(rng, self.n, "new", window)
            theirs = self.baseline.window(rng, self.n, "old", window)
            if evidence is not None:
                ours, theirs = joined(evidence.canary, ours), joined(evidence.baseline, theirs)
            evidence = Evidence(0, window, NOW, NOW, WINDOW_S, ours, theirs)
            yield evidence

    def stage(self, rng: np.random.Generator) -> Verdict:
        """Return what a stage ends with: what the first window says that says something, else a pause."""
        found = (judge(evidence, self.limits).verdict for evidence in self.windows(rng))
        return next((verdict for verdict in found if verdict is not Verdict.INCONCLUSIVE), Verdict.INCONCLUSIVE)

    def rollout(self, rng: np.random.Generator) -> Verdict:
        """Return what a rollout ends with: promoted when every stage passes, else what stopped it."""
        found = (self.stage(rng) for _ in range(STAGES))
        return next((verdict for verdict in found if verdict is not Verdict.PASS), Verdict.PASS)

    def errors(self, rng: np.random.Generator) -> Verdict:
        """Return what a stage ends with that only counts errors: latencies are not drawn, so many can be played."""
        rates = np.array([[self.quality.errors], [self.baseline.errors]])
        counts = rng.binomial(self.n, rates, (2, self.limits.max_windows)).cumsum(axis=1)
        for window, (ours, theirs) in enumerate(counts.T.tolist(), start=1):
            verdict = counted(self, ours, theirs, window * self.n).verdict
            if verdict is not Verdict.INCONCLUSIVE:
                return verdict
        return Verdict.INCONCLUSIVE


@cache
def counted(canary: Canary, ours: int, theirs: int, n: int) -> Criterion:
    """Return the criterion of errors for so many of n in each arm."""
    arm = Arm("new", "new", True, 0.0, n, ours, 0, n)
    baseline = replace(arm, revision="old", errors=theirs)
    return judge_errors(Evidence(0, 0, NOW, NOW, WINDOW_S, arm, baseline), canary.limits)


def joined(before: Arm, now: Arm) -> Arm:
    """Return the arm over the windows so far."""
    seconds, at = (
        {ROUTE: [*one[ROUTE], *other[ROUTE]]} for one, other in ((before.seconds, now.seconds), (before.at, now.at))
    )
    return replace(
        now,
        answered=before.answered + now.answered,
        errors=before.errors + now.errors,
        synthetic=before.synthetic + now.synthetic,
        seconds=seconds,
        at=at,
        ready=(*before.ready, *now.ready),
    )
