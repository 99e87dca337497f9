"""The judgement: every criterion of the design, and what they say together."""

from collections.abc import Iterable

from propcast.delivery.judge.business import judge_business
from propcast.delivery.judge.error_ratio import judge_errors
from propcast.delivery.judge.evidence import Criterion, Evidence, Judgement, Limits, Verdict
from propcast.delivery.judge.latency import judge_latency
from propcast.delivery.judge.readiness import judge_readiness
from propcast.delivery.judge.replay import judge_replay
from propcast.delivery.judge.telemetry import judge_amount


def judge(evidence: Evidence, limits: Limits) -> Judgement:
    """Say what the windows of a stage so far prove; pure, and whatever is missing is inconclusive."""
    criteria = (
        judge_amount(evidence, limits),
        judge_errors(evidence, limits),
        *judge_latency(evidence, limits),
        judge_readiness(evidence),
        *judge_business(evidence, limits),
        *judge_replay(evidence, limits),
    )
    return Judgement(together(criteria), criteria)


def together(criteria: Iterable[Criterion]) -> Verdict:
    """Return what criteria say together: one fail fails, all must pass, anything else is inconclusive."""
    verdicts = {each.verdict for each in criteria}
    if Verdict.FAIL in verdicts:
        return Verdict.FAIL
    return Verdict.PASS if verdicts == {Verdict.PASS} else Verdict.INCONCLUSIVE
