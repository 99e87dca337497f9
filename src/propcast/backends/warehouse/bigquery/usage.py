"""What the work of a process in BigQuery amounts to, by step."""

import threading
from collections import defaultdict
from dataclasses import dataclass

MIN_BYTES = 10 * 2**20
"""BigQuery bills at least so much for each table that a query names (price list)."""


@dataclass
class Usage:
    """Work of one step.

    Attributes:
        queries: query jobs sent; a script is one.
        loads: load jobs sent; they cost nothing.
        statements: jobs that the scripts began by themselves.
        billed_bytes: as the service says, `MIN_BYTES` for each table where it says less.
        calls: requests that are no jobs: metadata, and rows of a journal.
    """

    queries: int = 0
    loads: int = 0
    statements: int = 0
    billed_bytes: int = 0
    calls: int = 0

    @property
    def jobs(self) -> int:
        """Query and load jobs."""
        return self.queries + self.loads


class Meter:
    """Counts for all threads of a process."""

    def __init__(self) -> None:
        self.by_step: dict[str, Usage] = defaultdict(Usage)
        self._counting = threading.Lock()

    @property
    def round_trips(self) -> int:
        """Jobs and calls together."""
        with self._counting:
            return sum(each.jobs + each.calls for each in self.by_step.values())

    def query(self, step: str) -> None:
        """Count a query that is sent."""
        with self._counting:
            self.by_step[step].queries += 1

    def billed(self, step: str, said_bytes: int, tables: int, statements: int) -> None:
        """Count what a finished query says of itself."""
        with self._counting:
            self.by_step[step].statements += statements
            self.by_step[step].billed_bytes += max(said_bytes, tables * MIN_BYTES)

    def load(self, step: str) -> None:
        """Count a load that is sent."""
        with self._counting:
            self.by_step[step].loads += 1

    def call(self, step: str) -> None:
        """Count a request that is no job."""
        with self._counting:
            self.by_step[step].calls += 1
