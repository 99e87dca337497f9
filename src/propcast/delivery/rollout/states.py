"""The words of a rollout's record: what it is about, how far it has come, and what was seen on the way."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from propcast.backends.state.rollouts import GOING_BACK
from propcast.delivery.judge.evidence import Verdict


class State(StrEnum):
    """What a rollout is about."""

    PLANNED = "planned"
    STAGE = "stage"
    ROLLING_BACK = GOING_BACK
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
class Said:
    """Who a revision says that it is; empty while it was not asked."""

    release: str = ""
    config_hash: str = ""


UNASKED = Said()


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
