"""Whether there is enough to judge by, of the right revisions and fresh."""

from propcast.delivery.judge.evidence import Arm, Criterion, Evidence, Limits, Verdict

NAME = "enough data"
STALE_WINDOWS = 2


def judge_amount(evidence: Evidence, limits: Limits) -> Criterion:
    """Pass when both arms report, freshly, on enough requests; anything else is inconclusive, never a failure."""
    fewest = min(evidence.canary.answered, evidence.baseline.answered)
    told = untold(evidence) or f"{evidence.canary.answered} requests against {evidence.baseline.answered}"
    is_enough = fewest >= limits.min_requests and not untold(evidence)
    verdict = Verdict.PASS if is_enough else Verdict.INCONCLUSIVE
    return Criterion(NAME, verdict, float(fewest), None, float(limits.min_requests), told)


def untold(evidence: Evidence) -> str:
    """Return what makes the telemetry of an arm unfit to judge by; empty when it is fit."""
    arms = {"canary": evidence.canary, "baseline": evidence.baseline}
    return "; ".join(f"{name} {fault}" for name, arm in arms.items() if (fault := _fault(arm, evidence.window_s)))


def _fault(arm: Arm, window_s: float) -> str:
    if not arm.reporting:
        return f"is not reporting: no telemetry of {arm.revision}"
    if arm.telemetry_age_s is None:
        return "has telemetry of unknown age"
    if arm.telemetry_age_s >= STALE_WINDOWS * window_s:
        return f"was last heard of {arm.telemetry_age_s:.0f} s ago"
    return ""
