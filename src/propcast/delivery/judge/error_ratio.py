"""The error ratio: is the canary proven not to be worse by the margin, or proven to be worse by half of it?"""

from propcast.delivery.judge.evidence import Arm, Criterion, Evidence, Limits, Verdict
from propcast.delivery.judge.proportions import chance_of_more, difference_interval
from propcast.delivery.judge.telemetry import untold

NAME = "error ratio"
CONFIDENCE = 0.95
"""Two-sided, so that either end alone is a bound of 97.5 %."""
SIGNIFICANT = 0.001
WORSE = 0.5
"""Of the margin: what a difference must have, beside being significant, to fail."""


def judge_errors(evidence: Evidence, limits: Limits) -> Criterion:
    """Compare the shares of requests that count as errors; fails also before there is enough to pass."""
    canary, baseline = evidence.canary, evidence.baseline
    missing = untold(evidence) or ("" if canary.answered and baseline.answered else "an arm answered nothing")
    if missing:
        return Criterion(NAME, Verdict.INCONCLUSIVE, None, None, limits.error_margin, missing)
    counts = canary.errors, canary.answered, baseline.errors, baseline.answered
    worse, interval, p = difference(canary, baseline), difference_interval(*counts, CONFIDENCE), chance_of_more(*counts)
    told = (
        f"{canary.errors} of {canary.answered} against {baseline.errors} of {baseline.answered}: "
        f"{100 * worse:+.2f} points, at most {100 * interval[1]:+.2f} of {100 * limits.error_margin:g}; p {p:.2g}"
    )
    verdict = Verdict.INCONCLUSIVE
    if p < SIGNIFICANT and worse >= WORSE * limits.error_margin:
        verdict = Verdict.FAIL
    elif interval[1] < limits.error_margin:
        verdict = Verdict.PASS
    return Criterion(NAME, verdict, worse, interval, limits.error_margin, told)


def difference(canary: Arm, baseline: Arm) -> float:
    """Return by how much the canary's share of errors is the larger one."""
    return canary.errors / canary.answered - baseline.errors / baseline.answered
