"""Business counters on the paired shards or slates: what both made of the same work."""

from collections.abc import Iterator, Mapping, Sequence
from math import isclose

from propcast.delivery.judge.evidence import Criterion, Evidence, Limits, Verdict

NAME = "business"
TOLERANCE = 1e-9
DECLARED = 0.05
"""So far, relative to the baseline, counters may move where the release declares that its forecasts change."""


def judge_business(evidence: Evidence, limits: Limits) -> list[Criterion]:
    """Compare counters by name; none where there was no paired work and none was asked for."""
    ours, theirs = evidence.canary.business, evidence.baseline.business
    if ours is None and theirs is None and not evidence.awaited and NAME not in limits.asked:
        return []
    if ours is None or theirs is None:
        told = f"no counters of paired work in both arms; {evidence.awaited} pairs are awaited"
        return [Criterion(NAME, Verdict.INCONCLUSIVE, None, None, 0.0, told)]
    found = sorted(differing(ours, theirs, DECLARED if limits.forecast_change else 0.0))
    return [Criterion(NAME, _verdict(found, evidence), float(len(found)), None, 0.0, _told(found, evidence))]


def _verdict(found: Sequence[str], evidence: Evidence) -> Verdict:
    """A difference stands whatever is still to come; without one nothing is proven before all of it is there."""
    if found:
        return Verdict.FAIL
    return Verdict.INCONCLUSIVE if evidence.awaited else Verdict.PASS


def _told(found: Sequence[str], evidence: Evidence) -> str:
    ours, theirs = evidence.canary.business or {}, evidence.baseline.business or {}
    told = ", ".join(f"{name} {ours.get(name)} against {theirs.get(name)}" for name in found)
    waits = f"; {evidence.awaited} pairs are awaited" if evidence.awaited else ""
    return (told or f"{len(theirs)} counters are equal") + waits


def differing(ours: Mapping[str, float], theirs: Mapping[str, float], declared: float) -> Iterator[str]:
    """Yield counters that only one arm has, or that are farther apart than declared, relative to the baseline."""
    yield from ours.keys() ^ theirs.keys()
    for name in ours.keys() & theirs.keys():
        allowed = declared * abs(theirs[name])
        if not isclose(ours[name], theirs[name], rel_tol=0, abs_tol=max(TOLERANCE, allowed)):
            yield name
