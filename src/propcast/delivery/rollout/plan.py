"""What a rollout is going to do, settled before it does anything."""

from dataclasses import dataclass, field, replace

from propcast.core.errors import InputError, PropCastError
from propcast.delivery.judge.evidence import Limits
from propcast.delivery.judge.replay import NAME as REPLAY
from propcast.delivery.targets.port import Image, Wanted, Weights

ALL = 100
LOADED = 2.0
"""So many times as long as a baseline that is not loaded may a canary with all of the traffic take."""
STAGING, CANARY, BASELINE = "staging", "canary", "baseline"
"""Tags: what gives a revision an address of its own."""


class Refused(InputError):
    """Nothing was begun: the message says why not, and what to do first."""


@dataclass(frozen=True)
class Stable:
    """What had the traffic before, by revision name: the only place that a rollback goes to."""

    weights: Weights
    revision: str
    digest: str

    @property
    def is_release(self) -> bool:
        """Whether it is one of ours, and not what answers before there is any."""
        return self.digest.startswith("sha256:")


@dataclass(frozen=True)
class Arms:
    """The two revisions that are compared: what is new, and what is stable started anew beside it."""

    canary: Wanted
    baseline: Wanted


@dataclass(frozen=True)
class Plan:
    """One deployment, as it was settled; it never changes.

    Attributes:
        stages: percents of the traffic for the canary, rising from 0 to 100; none for a rollback.
        monitoring_s: seconds of one window.
        synthetic_rate: requests a second to each arm beside the traffic that is there; 0 sends none.
        arms: None for a rollback, which compares nothing.
        again: a rollback's revision as it was, to be started where it is gone.
        sampled: the share of a stage is of the shards of every batch, which both arms compute, and not of the traffic:
            that stays where it is until the canary has all of it.
        replayed: whether the last graded slates must have gone through both arms before there is any traffic.
    """

    id: str
    environment: str
    service: str
    who: str
    image: Image
    stable: Stable
    arms: Arms | None = None
    stages: tuple[int, ...] = ()
    monitoring_s: float = 60.0
    synthetic_rate: float = 7.0
    limits: Limits = field(default_factory=Limits)
    replayed: bool = False
    again: Wanted | None = None
    sampled: bool = False

    @property
    def canary(self) -> Wanted:
        """The revision that is new."""
        return self._arms.canary

    @property
    def baseline(self) -> Wanted:
        """The stable digest, started anew."""
        return self._arms.baseline

    def weights(self, stage: int) -> Weights:
        """Return the traffic of a stage: both arms have the same share, as far as there is enough of it.

        Of a service whose shards are sampled neither has any before the last stage.
        """
        share = self.stages[stage]
        if share == 0 or (self.sampled and share < ALL):
            return self.stable.weights
        beside = min(share, ALL - share)
        told = {self.canary.name: share, self.baseline.name: beside, self.stable.revision: ALL - share - beside}
        return {name: weight for name, weight in told.items() if weight}

    def limits_at(self, stage: int) -> Limits:
        """Return what is asked of the canary at a stage.

        Replay compares predictions, once, before there is traffic. With all of it the canary may take longer: the
        baseline, which nobody but us asks then, is no measure of what that costs.
        """
        ratio = self.limits.latency_ratio
        if self.stages[stage] == ALL:
            ratio = max(ratio, LOADED)
        asked = frozenset({REPLAY} if self.replayed and stage == 0 else ())
        return replace(self.limits, asked=asked, latency_ratio=ratio)

    @property
    def _arms(self) -> Arms:
        if self.arms is None:
            raise PropCastError(f"{self.id} is a rollback; it has no arms")
        return self.arms


def check(strategy: str, stages: tuple[int, ...], synthetic_rate: float) -> None:
    """Refuse what no rollout may be asked for."""
    if list(stages) != sorted(set(stages)) or stages[:1] != (0,) or stages[-1:] != (ALL,):
        raise Refused(f"stages {_listed(stages)} must rise from 0 to {ALL}, such as 0,5,50,100")
    if strategy == "drain-and-switch" and stages != (0, ALL):
        raise Refused(
            f"stages {_listed(stages)} are refused: one batch is never planned by two versions, so this service is "
            f"drained and switched; use 0,{ALL}"
        )
    if synthetic_rate < 0:
        raise Refused(f"--synthetic-rate {synthetic_rate:g} is less than nothing; 0 sends no synthetic requests")


def _listed(stages: tuple[int, ...]) -> str:
    return ",".join(map(str, stages))
