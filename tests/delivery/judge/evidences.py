"""Evidence of a good canary, to be changed where a test wants it otherwise."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from propcast.delivery.judge.evidence import Arm, Criterion, Evidence, Limits, Verdict
from propcast.delivery.judge.judging import judge

NOW = datetime(2026, 11, 30, 14, tzinfo=UTC)
WINDOW_S = 60.0
ROUTE = "/predict-now"
LIMITS = Limits()


def arm(n: int = 400, errors: int = 0, **otherwise: Any) -> Arm:
    """An arm with so many requests, their latencies spread evenly over 10 to 30 ms."""
    told: dict[str, Any] = {
        "revision": "r",
        "digest": "sha256:r",
        "reporting": True,
        "telemetry_age_s": 1.0,
        "answered": n,
        "errors": errors,
        "organic": n,
        "synthetic": 0,
        "seconds": {ROUTE: spread(n)},
        "ready": (True,) * 6,
    }
    return Arm(**{**told, **otherwise})


def spread(n: int, times: float = 1.0) -> list[float]:
    return [times * (0.01 + 0.02 * each / max(1, n)) for each in range(n)]


def evidence(canary: Arm | None = None, baseline: Arm | None = None, **otherwise: Any) -> Evidence:
    found = Evidence(0, 0, NOW, NOW, WINDOW_S, canary or arm(), baseline or arm())
    return replace(found, **otherwise)


def verdict(canary: Arm | None = None, baseline: Arm | None = None, limits: Limits = LIMITS, **told: Any) -> Verdict:
    return judge(evidence(canary, baseline, **told), limits).verdict


def by_name(criteria: Sequence[Criterion]) -> dict[str, Verdict]:
    return {each.name: each.verdict for each in criteria}
