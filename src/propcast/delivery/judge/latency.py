"""Latency, route by route: the ratio of the canary to the baseline and how well it is known."""

from collections.abc import Iterator

import numpy as np

from propcast.delivery.judge.evidence import FEWEST_REQUESTS, Arm, Criterion, Evidence, Limits, Verdict
from propcast.delivery.judge.shifts import Floats, Stratum, shift
from propcast.delivery.judge.slices import Pair, Timed, is_stalled, shift_by_slices
from propcast.delivery.judge.telemetry import untold

NAME = "latency"
OTHERS = "other routes"
CONFIDENCE = 0.98
SLOWER = 1.05
"""A failure needs a ratio that is surely above this."""
SURE_WINDOW = 2
"""Where the machine stalls, a release fails for its latency in this window at the earliest: one arm alone may have had
bad luck for the whole of the first."""
RESOLUTION_S = 0.001
"""Shorter times count as this: logs of routers have milliseconds, and the ratio of two zeros is none."""


def judge_latency(evidence: Evidence, limits: Limits) -> list[Criterion]:
    """Compare every route that both arms answered often enough, and the rarer ones together."""
    missing = untold(evidence)
    judged = [] if missing else [_judge(route, strata, evidence, limits) for route, strata in compared(evidence)]
    missing = missing or f"no route has {FEWEST_REQUESTS} requests in both arms"
    return judged or [Criterion(NAME, Verdict.INCONCLUSIVE, None, None, limits.latency_ratio, missing)]


def compared(evidence: Evidence) -> Iterator[tuple[str, list[Pair]]]:
    """Yield routes with log seconds of both arms; those with few requests as strata of one, if they are enough then."""
    rare = []
    for route in sorted(evidence.canary.seconds):
        pair = _timed(evidence.canary, route), _timed(evidence.baseline, route)
        if _is_enough([pair]):
            yield route, [pair]
        elif pair[0].values.size and pair[1].values.size:
            rare.append(pair)
    if _is_enough(rare):
        yield OTHERS, rare


def _is_enough(strata: list[Pair]) -> bool:
    return all(sum(pair[arm].values.size for pair in strata) >= FEWEST_REQUESTS for arm in (0, 1))


def _timed(arm: Arm, route: str) -> Timed:
    return Timed(_logs(arm.seconds.get(route, ())), np.asarray(arm.at.get(route, ()), dtype=np.float64))


def _logs(seconds: object) -> Floats:
    logs: Floats = np.log(np.maximum(np.asarray(seconds, dtype=np.float64), RESOLUTION_S))
    return logs


def _judge(route: str, strata: list[Pair], evidence: Evidence, limits: Limits) -> Criterion:
    stalled = is_stalled(strata)
    found = shift_by_slices(strata, CONFIDENCE) if stalled else shift([_values(pair) for pair in strata], CONFIDENCE)
    ratio = float(np.exp(found.estimate))
    low, high = (float(np.exp(end)) for end in found.interval) if found.interval else (0.0, float("inf"))
    told = f"× {ratio:.2f} of the baseline, between {low:.2f} and {high:.2f}; below {limits.latency_ratio:g} is asked"
    verdict = Verdict.INCONCLUSIVE
    if ratio >= limits.latency_ratio and low > SLOWER and not (stalled and evidence.window < SURE_WINDOW):
        verdict = Verdict.FAIL
    elif high < limits.latency_ratio:
        verdict = Verdict.PASS
    told += "; the machine stalls: by slices of time" if stalled else ""
    return Criterion(f"{NAME} of {route}", verdict, ratio, (low, high), limits.latency_ratio, told)


def _values(pair: Pair) -> Stratum:
    return pair[0].values, pair[1].values
