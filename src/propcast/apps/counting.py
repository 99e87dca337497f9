"""Counts what has ended since a process began: runs of steps, shards, batches, and what they published."""

import re
import threading
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from propcast.apps import measures
from propcast.apps.resources import Resources
from propcast.backends.compose import Backends
from propcast.backends.warehouse.port import In
from propcast.pipeline.batch.filing import shards_of
from propcast.pipeline.batch.history import batches
from propcast.pipeline.batch.records import Batch, Shard
from propcast.service.telemetry import declared
from propcast.service.telemetry.metrics import Metrics
from propcast.tables.forecasts import DECISIONS

LOOKED_AT = 100
"""The latest batches, and the latest runs of steps; more do not end between two looks."""

_ERROR = re.compile(r"^(?:\d+ times )?([A-Z][A-Za-z]+): ")
_SAID = "stated"
_NONE = "none"


@dataclass
class Counting:
    """Remembers what was counted, so that every end is counted once, however often the store is looked at.

    Attributes:
        since: the store's instant at which the process began; earlier ends were counted by others.
    """

    since: datetime
    _stood: dict[str, tuple[object, ...]] = field(default_factory=dict)
    _counted: dict[str, set[object]] = field(default_factory=dict)
    _ran: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def look(self, resources: Resources, metrics: Metrics) -> None:
        """Count what has ended since the last look, and measure how the latest batches stand."""
        with self._lock:
            found = batches(resources.backends, limit=LOOKED_AT)
            measures.stood(found, metrics)
            self._count_runs(resources.backends, metrics)
            for batch in found:
                if batch.is_open or self._stood.get(batch.batch_id) != _stand(batch):
                    self._count(resources.backends, batch, metrics)
            known = {batch.batch_id for batch in found}
            self._stood = {batch.batch_id: _stand(batch) for batch in found}
            self._counted = {name: ends for name, ends in self._counted.items() if name in known}

    def _count(self, backends: Backends, batch: Batch, metrics: Metrics) -> None:
        for shard in shards_of(backends.state, batch.batch_id):
            if self._is_new(batch, (shard.ordinal, shard.ended_at), shard.ended_at):
                outcome, reason = shard.state.value, kind_of(shard)
                metrics.count(declared.SHARDS, sport=batch.sport.value, outcome=outcome, reason=reason)
        if batch.published_at is None or not self._is_new(batch, batch.publication, batch.published_at):
            return
        if batch.publications == 1:
            seconds = (batch.published_at - batch.created_at).total_seconds()
            metrics.observe(declared.BATCH_SECONDS, seconds, sport=batch.sport.value)
        for market, decision, reason, n in published_rows(backends, batch).iter_rows():
            metrics.count(declared.PREDICTIONS, n, sport=batch.sport.value, market=market, decision=decision,
                          reason=reason)  # fmt: skip

    def _count_runs(self, backends: Backends, metrics: Metrics) -> None:
        ended = [run for run in backends.ledger.runs(limit=LOOKED_AT) if run.closed_at and run.closed_at >= self.since]
        for run in ended:
            if run.outcome is not None and run.run_id not in self._ran:
                purpose, trips = purpose_of(run.step), run.counts.get("round_trips", 0)
                metrics.count(declared.STEP_RUNS, purpose=purpose, outcome=run.outcome.value)
                metrics.count(declared.WAREHOUSE_JOBS, trips, purpose=purpose)
        self._ran = {run.run_id for run in ended}

    def _is_new(self, batch: Batch, end: object, at: datetime | None) -> bool:
        ends = self._counted.setdefault(batch.batch_id, set())
        if at is None or at < self.since or end in ends:
            return False
        ends.add(end)
        return True


def published_rows(backends: Backends, batch: Batch) -> pl.DataFrame:
    """Return how many rows a batch's last publication has by market, decision and first reason."""
    where = [In("game_day", (batch.game_day.date,)), In("batch_id", (batch.publication,))]
    rows = backends.warehouse.read(DECISIONS, where, columns=["market", "decision", "reasons"])
    reason = pl.col("reasons").list.first().fill_null(_NONE).alias("reason")
    return rows.group_by("market", "decision", reason).len().sort("market", "decision", "reason")


def purpose_of(step: str) -> str:
    """Return what a step does, whatever it does it for: `nba/train/points` trains, and so does `mlb/train/…`."""
    return step.partition("/")[2].partition("/")[0] or step


def kind_of(shard: Shard) -> str:
    """Return why a shard has no result, from a closed set: the class of an error, or that there is a sentence."""
    if not shard.reason:
        return _NONE
    named = _ERROR.match(shard.reason)
    return named[1] if named else _SAID


def _stand(batch: Batch) -> tuple[object, ...]:
    return (batch.state, batch.is_open, batch.publication, batch.n_included)
