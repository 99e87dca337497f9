"""Readiness and restarts of the canary."""

from itertools import pairwise

from propcast.delivery.judge.evidence import Arm, Criterion, Evidence, Verdict

NAME = "readiness"


def judge_readiness(evidence: Evidence) -> Criterion:
    """Fail on a restart, on running out of memory or on two `/ready` in a row that were not as expected."""
    arm = evidence.canary
    fault = _fault(arm)
    failed = sum(not ready for ready in arm.ready)
    told = fault or f"{len(arm.ready) - failed} of {len(arm.ready)} /ready as expected, no restart"
    verdict = Verdict.PASS if arm.ready and not failed else Verdict.INCONCLUSIVE
    return Criterion(NAME, Verdict.FAIL if fault else verdict, float(failed), None, 0.0, told)


def _fault(arm: Arm) -> str:
    if arm.out_of_memory:
        return f"out of memory, times: {arm.out_of_memory}"
    if arm.restarts:
        return f"restarted, times: {arm.restarts}"
    if any(not (first or second) for first, second in pairwise(arm.ready)):
        return "/ready failed twice in a row"
    return ""
