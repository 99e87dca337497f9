"""Numbered places between two effects: where a test kills the process to see that nothing is lost."""

from enum import IntEnum
from typing import Protocol


class Failpoint(IntEnum):
    """Every step between effects, in the order of the protocol."""

    START_READ = 1
    START_INPUTS_STORED = 2
    START_COMMITTED = 3
    SHARD_LEASED = 10
    SHARD_INPUTS_READ = 11
    SHARD_COMPUTED = 12
    SHARD_FILE_WRITTEN = 13
    SHARD_COMMITTED = 14
    COMPLETE_COLLECTED = 20
    CONSOLIDATION_CLAIMED = 30
    CONSOLIDATION_READ = 31
    CONSOLIDATION_DECIDED = 32
    PREDICTIONS_WRITTEN = 33
    DECISIONS_WRITTEN = 34
    PUBLISHED = 35
    SWEEP_CLAIMED = 40
    SWEEP_SHARD_REDRIVEN = 41
    SWEEP_BATCH_LOOKED_AFTER = 42
    CANCELLED = 50


class Failpoints(Protocol):
    """Told whenever a place is reached."""

    def reach(self, point: Failpoint) -> None:
        """Return, or never."""
        ...


class Unbroken:
    """The failpoints of real life: nothing happens at them."""

    def reach(self, point: Failpoint) -> None:
        """Do nothing."""


UNBROKEN = Unbroken()
