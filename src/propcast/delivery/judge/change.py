"""A declared change of forecasts: small, unbiased, no worse and coherent, or the release is not what it says."""

from collections.abc import Sequence
from math import sqrt

import numpy as np

from propcast.core.shares import Interval, normal_quantile, share_interval
from propcast.delivery.judge.evidence import Change, Criterion, Replay, Verdict

CONFIDENCE = 0.99
CRPS_CONFIDENCE = 0.95
MEAN_SHIFT = 0.10
"""In the market's unit, to either side."""
PROBABILITY_SHIFT = 0.02
FLIPS = 0.05


def judge_change(name: str, replay: Replay) -> list[Criterion]:
    """Judge paired figures; without any the change cannot be judged."""
    change = replay.change
    if change is None or not change.pairs or not len(change.mean_shift):
        return [Criterion(name, Verdict.INCONCLUSIVE, None, None, None, "no paired figures of the declared change")]
    judged = (_mean(change), _probability(change), _flips(change), _crps(change), _coherence(change))
    return [
        Criterion(f"{name}: {each.name}", each.verdict, each.estimate, each.interval, each.bound, each.told)
        for each in judged
    ]


def mean_interval(values: Sequence[float], confidence: float) -> tuple[float, Interval]:
    """Return the mean and its normal interval; one value knows nothing of its error."""
    sample = np.asarray(values, dtype=np.float64)
    mean = float(sample.mean())
    error = float(sample.std(ddof=1)) / sqrt(sample.size) if sample.size > 1 else float("inf")
    reach = normal_quantile(confidence) * error
    return mean, (mean - reach, mean + reach)


def _mean(change: Change) -> Criterion:
    mean, (low, high) = mean_interval(change.mean_shift, CONFIDENCE)
    is_within, is_outside = low >= -MEAN_SHIFT and high <= MEAN_SHIFT, low > MEAN_SHIFT or high < -MEAN_SHIFT
    told = f"means move by {mean:+.3f}, between {low:+.3f} and {high:+.3f}"
    return _criterion("mean", is_within, is_outside, mean, (low, high), MEAN_SHIFT, told)


def _probability(change: Change) -> Criterion:
    if not len(change.probability_shift):
        return _unpaired("P(over)", PROBABILITY_SHIFT)
    mean, interval = mean_interval(np.abs(change.probability_shift).tolist(), CONFIDENCE)
    told = f"P(over) moves by {mean:.4f} on average"
    is_small = mean <= PROBABILITY_SHIFT
    return _criterion("P(over)", is_small, interval[0] > PROBABILITY_SHIFT, mean, interval, PROBABILITY_SHIFT, told)


def _flips(change: Change) -> Criterion:
    n = change.pairs
    share, interval = change.flipped / n, share_interval(change.flipped, n, CONFIDENCE)
    return _criterion("flips", share <= FLIPS, interval[0] > FLIPS, share, interval, FLIPS, f"{change.flipped} of {n}")


def _crps(change: Change) -> Criterion:
    if not len(change.crps_shift):
        return _unpaired("CRPS", 0.0)
    mean, interval = mean_interval(change.crps_shift, CRPS_CONFIDENCE)
    is_worse = interval[0] > 0
    return _criterion("CRPS", not is_worse, is_worse, mean, interval, 0.0, f"CRPS moves by {mean:+.4f}")


def _coherence(change: Change) -> Criterion:
    n = change.incoherent
    told = f"{n} rows whose outcomes do not add up to 1, or whose P(over) rises with the line"
    return _criterion("coherence", not n, bool(n), float(n), None, 0.0, told)


def _unpaired(name: str, bound: float) -> Criterion:
    return Criterion(name, Verdict.INCONCLUSIVE, None, None, bound, "no row has it in both arms")


def _criterion(
    name: str, passes: bool, fails: bool, estimate: float, interval: Interval | None, bound: float, told: str
) -> Criterion:
    verdict = Verdict.PASS if passes else Verdict.FAIL if fails else Verdict.INCONCLUSIVE
    return Criterion(name, verdict, estimate, interval, bound, told)
