"""How the protocol is run: its times, its sizes and its budgets, all of them settings."""

from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Self

from propcast.core.errors import InputError
from propcast.pipeline.batch.failpoints import UNBROKEN, Failpoints

SHARD_SIZES = range(32, 129)
"""What operators may set: never a message per player, and every document well under the limit of the store."""


@dataclass(frozen=True)
class BatchTimes:
    """Every time of the protocol; all are counted by the state store's clock.

    Attributes:
        lease: a lease that is not renewed ends after this.
        shard: a shard that has been worked on for longer is taken from its worker.
        batch: a batch is published, complete or not, at the latest after this.
        lead: … and this long before the first start that is still to come,
        least: … but never earlier than this after it began.
        late: shards that end after the publication are added to it for this long; then they expire.
        redrive: a shard that was asked for and that nobody took is asked for again after this, then after twice this …
        not_ready: inputs that are not complete are looked for again after this.
        sweep: pause between two sweeps.
        kept: a message that was handled or sent is remembered for this long.
    """

    lease: timedelta = timedelta(seconds=60)
    shard: timedelta = timedelta(seconds=120)
    batch: timedelta = timedelta(minutes=15)
    lead: timedelta = timedelta(minutes=10)
    least: timedelta = timedelta(minutes=2)
    late: timedelta = timedelta(minutes=15)
    redrive: timedelta = timedelta(seconds=120)
    not_ready: timedelta = timedelta(seconds=30)
    sweep: timedelta = timedelta(seconds=30)
    kept: timedelta = timedelta(days=7)

    @property
    def renewal(self) -> timedelta:
        """Pause between two renewals of a lease."""
        return self.lease / 3

    def scaled(self, divisor: float) -> Self:
        """Return the same protocol, so many times faster."""
        return replace(self, **{each.name: getattr(self, each.name) / divisor for each in fields(self)})

    def deadline(self, now: datetime, first_start: datetime | None) -> datetime:
        """Return when a batch that begins now is published at the latest."""
        if first_start is None:
            return now + self.batch
        return now + max(self.least, min(self.batch, first_start - self.lead - now))


@dataclass(frozen=True)
class Rules:
    """What the protocol is run by.

    Attributes:
        shard_size: participants of a shard at most.
        max_leases: a shard that so many workers took and none ended has failed.
        strikes: an unknown error that a shard met so often is permanent.
        failpoints: where tests kill the process.
        release, revision: who this process is; empty for one that opens no batches.
    """

    times: BatchTimes = field(default_factory=BatchTimes)
    shard_size: int = 128
    max_leases: int = 8
    strikes: int = 3
    failpoints: Failpoints = UNBROKEN
    release: str = ""
    revision: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.shard_size < SHARD_SIZES.stop:
            raise InputError(f"a shard of {self.shard_size} participants is none; choose 32 to 128")
