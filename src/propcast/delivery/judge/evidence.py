"""What the judge looks at: two arms in the same seconds, and the same slates through both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from propcast.core.errors import InputError

FEWEST_REQUESTS = 50
"""Nothing is judged on fewer requests per arm than that."""


class Verdict(StrEnum):
    """What a criterion, or all of them together, says. Missing evidence is inconclusive, never a pass."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class Arm:
    """One arm over the windows of a stage so far.

    Attributes:
        reporting: the telemetry is of this very revision.
        telemetry_age_s: how old its newest record is at the end of the window; None without any.
        answered, errors: requests, and those of them that count as errors (5xx, time-outs, pushes not taken, and 4xx
            that the other arm does not give), the first ones of each instance left out.
        seconds: latencies by route, in seconds.
        at: when each of them was asked for, in seconds since an instant that both arms share; empty where not known.
        ready: whether each `/ready` of the window passed or failed as expected, in order.
        business: counters on the paired shards or slates by name; None where none were compared.
    """

    revision: str
    digest: str
    reporting: bool
    telemetry_age_s: float | None
    answered: int
    errors: int
    organic: int
    synthetic: int
    seconds: Mapping[str, Sequence[float]] = field(default_factory=dict)
    at: Mapping[str, Sequence[float]] = field(default_factory=dict)
    ready: Sequence[bool] = ()
    restarts: int = 0
    out_of_memory: int = 0
    business: Mapping[str, float] | None = None


@dataclass(frozen=True)
class Difference:
    """One value that the two revisions do not agree on; an absent row has no value on one side."""

    table: str
    key: str
    column: str
    baseline: object
    canary: object


@dataclass(frozen=True)
class Change:
    """Paired figures where a release declares that its forecasts change (`forecast_change`)."""

    mean_shift: Sequence[float]
    """Canary minus baseline, a value for each row, in the market's unit."""
    probability_shift: Sequence[float]
    flipped: int
    crps_shift: Sequence[float]
    incoherent: int
    """Rows whose P(over) rises with the line or whose outcomes do not add up to 1."""
    pairs: int
    """Who is forecast by one arm or both; `flipped` of them changed sides, or are forecast by one arm only."""


@dataclass(frozen=True)
class Replay:
    """The last graded slates through both revisions, nothing written.

    `differences` has at most the first hundred; `differing` counts all values, `missing` the rows of one side only.

    Attributes:
        change: how far forecasts are apart.
        vanished: values that only the baseline has; of what is no forecast.
    """

    slates: int
    rows: int
    missing: int
    differing: int
    differences: Sequence[Difference] = ()
    change: Change | None = None
    vanished: int | None = None


@dataclass(frozen=True)
class Evidence:
    """Everything of one stage so far: windows are cumulative and counted from 1.

    `awaited` counts sampled shards, or batches, of which the counters of both arms are still to come.
    """

    stage: int
    window: int
    started_at: datetime
    ended_at: datetime
    window_s: float
    canary: Arm
    baseline: Arm
    replay: Replay | None = None
    awaited: int = 0


@dataclass(frozen=True)
class Limits:
    """What is asked of a canary; the defaults are those of the design.

    Attributes:
        forecast_change: the release declares that its forecasts change: replay then judges by how much, not whether.
        asked: `business`, `replay` or both: evidence that must be there, else the criterion is inconclusive. Without
            being asked for it is judged where it is there.

    Raises:
        InputError: fewer than 50 requests per arm, a margin that is no share, no window.
    """

    min_requests: int = 400
    error_margin: float = 0.02
    max_windows: int = 3
    latency_ratio: float = 1.25
    forecast_change: bool = False
    asked: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.min_requests < FEWEST_REQUESTS:
            raise InputError(
                f"{self.min_requests} requests per arm prove nothing; ask for {FEWEST_REQUESTS} or more: "
                "0 errors in 59 prove less than 5 %, in 300 less than 1 %"
            )
        if not 0 < self.error_margin < 1 or self.latency_ratio <= 1 or self.max_windows < 1:
            raise InputError(
                f"an error margin is a share such as 0.02 and not {self.error_margin}, a latency ratio above 1 and not "
                f"{self.latency_ratio}, and there is at least one window and not {self.max_windows}"
            )


@dataclass(frozen=True)
class Criterion:
    """One criterion of a decision record: what went in, what came out."""

    name: str
    verdict: Verdict
    estimate: float | None
    interval: tuple[float, float] | None
    bound: float | None
    told: str
    """One sentence with the figures, for people."""


@dataclass(frozen=True)
class Judgement:
    """All criteria of a window and what they say together: one fail fails, all must pass."""

    verdict: Verdict
    criteria: Sequence[Criterion]
