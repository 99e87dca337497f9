"""Readiness and restarts of the canary."""

from itertools import pairwise

from propcast.delivery.judge.evidence import Arm, Criterion, Evidence, Verdict

NAME = "readiness"
GOOD_IN_A_ROW = 3
"""So many good `/ready` make up for a failed one, as they do in `/ready` itself."""


def judge_readiness(evidence: Evidence) -> Criterion:
    """Fail on a restart, on running out of memory or on two `/ready` in a row that were not as expected.

    One that failed alone leaves it open until three good ones have followed: evidence is cumulative, and a stage that
    was slow to answer once could never pass again.
    """
    arm = evidence.canary
    fault = _fault(arm)
    failed = sum(not ready for ready in arm.ready)
    told = fault or f"{len(arm.ready) - failed} of {len(arm.ready)} /ready as expected, no restart"
    is_well = bool(arm.ready) and (not failed or (len(arm.ready) > GOOD_IN_A_ROW and all(arm.ready[-GOOD_IN_A_ROW:])))
    verdict = Verdict.PASS if is_well else Verdict.INCONCLUSIVE
    return Criterion(NAME, Verdict.FAIL if fault else verdict, float(failed), None, 0.0, told)


def _fault(arm: Arm) -> str:
    if arm.out_of_memory:
        return f"out of memory, times: {arm.out_of_memory}"
    if arm.restarts:
        return f"restarted, times: {arm.restarts}"
    if any(not (first or second) for first, second in pairwise(arm.ready)):
        return "/ready failed twice in a row"
    return ""
