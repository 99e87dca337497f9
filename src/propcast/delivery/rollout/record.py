"""Where a rollout stands: one document, changed in one transaction at a time, enough to go on from or to go back by."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from propcast.delivery.judge.evidence import Verdict
from propcast.delivery.rollout.plan import Plan
from propcast.delivery.targets.port import Weights


class State(StrEnum):
    """What a rollout is about."""

    PLANNED = "planned"
    STAGE = "stage"
    ROLLING_BACK = "rolling_back"
    PROMOTED = "promoted"
    ABORTED = "aborted"
    PAUSED = "paused"


class Phase(StrEnum):
    """How far a stage, or the way back, has come: each is on record before the next is begun."""

    INTENT = "intent"
    APPLIED = "applied"
    VERIFIED = "verified"
    OBSERVED = "observed"
    JUDGED = "judged"


OVER = frozenset({State.PROMOTED, State.ABORTED})


@dataclass(frozen=True)
class Window:
    """A window that was judged; `file` has the decision record."""

    stage: int
    percent: int
    number: int
    verdict: Verdict
    file: str


@dataclass(frozen=True)
class Watched:
    """What the controller itself saw of both arms: every `/ready` in order, what it sent and what was answered."""

    canary_ready: tuple[bool, ...] = ()
    baseline_ready: tuple[bool, ...] = ()
    sent: int = 0
    answered: int = 0

    def __add__(self, other: Self) -> "Watched":
        """Return both, one after the other."""
        return Watched(
            self.canary_ready + other.canary_ready,
            self.baseline_ready + other.baseline_ready,
            self.sent + other.sent,
            self.answered + other.answered,
        )


@dataclass(frozen=True)
class Record:
    """A rollout as it stands.

    Attributes:
        stage: index of the stage, meaningless before the first.
        window: number of the window of this stage that is next or under way; `last_window` is the last it may have.
        weights, before: the traffic that is intended, and what it was when that was put down.
        began_at, until: the span of this stage that was observed so far.
        windows: everything that was judged, in order.
        reason: why it went back, paused, or could not.
        interrupted_at: when its controller was told to leave things as they are.
        release: what the canary says it is.
        pinned: why the traffic stays on its revision by name once this is over; empty when it need not.
        version: grows with every change; a change is conditional on the one it was made from.
    """

    plan: Plan
    weights: Weights
    before: Weights
    state: State = State.PLANNED
    phase: Phase = Phase.INTENT
    stage: int = 0
    window: int = 1
    last_window: int = 1
    began_at: datetime | None = None
    until: datetime | None = None
    watched: Watched = field(default_factory=Watched)
    windows: tuple[Window, ...] = ()
    reason: str = ""
    interrupted_at: datetime | None = None
    release: str = ""
    pinned: str = ""
    version: int = 1
    token: int = 0
    changed_at: datetime | None = None

    @property
    def over(self) -> bool:
        """Whether nothing follows any more."""
        return self.state in OVER

    @property
    def resting(self) -> bool:
        """Whether nothing follows unless somebody asks for it."""
        return self.over or self.state is State.PAUSED

    @property
    def position(self) -> str:
        """Where it stands, for people."""
        if self.state is State.STAGE:
            return f"stage {self.plan.stages[self.stage]} % {self.phase}"
        return f"rolling back {self.phase}" if self.state is State.ROLLING_BACK else str(self.state)

    def at_stage(self, stage: int) -> "Record":
        """Return it with a stage intended."""
        limits = self.plan.limits
        return replace(
            self, state=State.STAGE, phase=Phase.INTENT, stage=stage, window=1, last_window=limits.max_windows,
            before=self.weights, weights=self.plan.weights(stage), began_at=None, until=None, watched=Watched(),
        )  # fmt: skip

    def reached(self, phase: Phase) -> "Record":
        """Return it with a phase behind it."""
        return replace(self, phase=phase)

    def verified(self, now: datetime, release: str) -> "Record":
        """Return it with the traffic of the stage proven; the stage is observed from now on."""
        return replace(self, phase=Phase.VERIFIED, began_at=now, release=release or self.release)

    def observed(self, until: datetime, watched: Watched) -> "Record":
        """Return it with a window observed; windows are cumulative."""
        return replace(self, phase=Phase.OBSERVED, until=until, watched=self.watched + watched)

    def judged(self, verdict: Verdict, file: str) -> "Record":
        """Return it with the window judged."""
        window = Window(self.stage, self.plan.stages[self.stage], self.window, verdict, file)
        return replace(self, phase=Phase.JUDGED, windows=(*self.windows, window))

    def another_window(self) -> "Record":
        """Return it with one more window of the same stage before it."""
        return replace(self, phase=Phase.VERIFIED, window=self.window + 1)

    def backwards(self, reason: str) -> "Record":
        """Return it on its way back to what had the traffic before."""
        return replace(
            self, state=State.ROLLING_BACK, phase=Phase.INTENT, before=self.weights, weights=self.plan.stable.weights,
            reason=reason,
        )  # fmt: skip

    def paused(self, reason: str) -> "Record":
        """Return it waiting for somebody, its weights as they are."""
        return replace(self, state=State.PAUSED, reason=reason)

    def promoted(self, pinned: str) -> "Record":
        """Return it over, with the canary in the place of what was stable."""
        return replace(self, state=State.PROMOTED, pinned=pinned)

    def aborted(self) -> "Record":
        """Return it over, back where it began; the newest revision is one that failed, so the traffic is pinned."""
        return replace(self, state=State.ABORTED, pinned=self.reason)

    def taken_up(self) -> "Record":
        """Return it under way again; one that paused may have as many windows more as it had."""
        going = replace(self, interrupted_at=None)
        if self.state is not State.PAUSED:
            return going
        more = self.window + self.plan.limits.max_windows
        return replace(
            going, state=State.STAGE, phase=Phase.VERIFIED, window=self.window + 1, last_window=more, reason=""
        )


def first(plan: Plan) -> Record:
    """Return the record of a rollout that has done nothing yet."""
    return Record(plan, plan.stable.weights, plan.stable.weights)


def going_back(plan: Plan, weights: Weights, reason: str) -> Record:
    """Return the record of a rollback; `weights` is what the traffic does before it."""
    return Record(plan, weights, weights).backwards(reason)


def share_of(weights: Mapping[str, int]) -> str:
    """Return weights for people: `a 90 %, b 10 %`."""
    return ", ".join(f"{name} {weight} %" for name, weight in weights.items()) or "nothing"
