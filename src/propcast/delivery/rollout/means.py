"""What a controller works with; everything that reaches outside comes in here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from propcast.backends.state.port import State
from propcast.core.clock import Clock
from propcast.delivery.judge.evidence import Arm, Evidence, Judgement, Limits, Replay
from propcast.delivery.pairs.pairing import Pairs
from propcast.delivery.rollout.filing import TTL
from propcast.delivery.rollout.plan import Plan
from propcast.delivery.rollout.record import Record
from propcast.delivery.rollout.states import UNASKED, Said, Watched
from propcast.delivery.targets.port import Condition, Request, Revision, Target, Wanted


@dataclass(frozen=True)
class Seen:
    """Everything that is known of a stage so far, as it was found; None is what could not be read."""

    since: datetime
    until: datetime
    canary: Revision
    baseline: Revision
    requests: Sequence[Request] | None
    canary_condition: Condition | None
    baseline_condition: Condition | None
    watched: Watched


@dataclass(frozen=True)
class Inspection:
    """What a revision said of itself at its own address: whether it can do its whole job, and who it is."""

    troubles: tuple[str, ...] = ()
    said: Said = UNASKED


Beat = Callable[[], None]
"""Called at least every second by whatever takes long; it may raise, and then the work ends at once."""

Inspect = Callable[[Wanted, Revision], Inspection]
Watch = Callable[[Revision, Revision, float, float, Beat], Watched]
"""Watch canary and baseline for some seconds while each is sent so many synthetic requests a second."""
Live = Callable[[str], str | None]
"""Ask one live request of a service which revision answers; None when nothing that can be understood comes."""
Tell = Callable[[Record], None]


def tell_nobody(_: Record) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class Patience:
    """How long things may take.

    Attributes:
        retries_s: pauses before a target that did not answer is asked again.
        opening_s: pauses before a revision that is not fit is asked again: it may still be opening its stores.
        back_s: within this, live requests must come from the stable revision after a rollback.
        confirmations: as many live requests in a row prove it.
        heed_s: how long another controller may take to go back when it is asked to.
        source_s: how late the logs of a target may be.
        pairs_s: how long a canary may take to end the samples that the stable revision has ended.
        drain_s: how long a revision may take to finish what it has opened before it is left running.
        poll_s: between two looks at something that is awaited.
    """

    retries_s: tuple[float, ...] = (0.5, 1.0, 2.0)
    opening_s: tuple[float, ...] = (1.0, 2.0, 4.0)
    back_s: float = 10.0
    confirmations: int = 50
    heed_s: float = 120.0
    source_s: float = 0.0
    pairs_s: float = 30.0
    drain_s: float = 60.0
    poll_s: float = 0.25
    ttl: timedelta = TTL


@dataclass(frozen=True)
class Means:
    """What a controller works with.

    Attributes:
        replay: the last graded slates through canary and baseline by their addresses; None where there are none.
        is_repeatable: whether there are such slates; then they must have gone through both before there is any traffic.
        arms: canary and baseline as the judge wants them, from what was seen.
        wait: lets seconds pass.
        folder: where decision records go.
        holder: names this process in leases.
        pairs: what the canary of a plan made of its samples; None where the coordinator cannot be told to sample.
    """

    state: State
    target: Target
    clock: Clock
    inspect: Inspect
    watch: Watch
    live: Live
    replay: Callable[[str, str], Replay | None]
    is_repeatable: Callable[[], bool]
    arms: Callable[[Seen], tuple[Arm, Arm]]
    judge: Callable[[Evidence, Limits], Judgement]
    wait: Callable[[float], None]
    folder: Path
    holder: str
    patience: Patience = field(default_factory=Patience)
    tell: Tell = tell_nobody
    pairs: Callable[[Plan], Pairs] | None = None
