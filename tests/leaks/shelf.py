"""Tables as frames in memory, so that the pipeline's own steps run on an archive that a test has tampered with."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import cast

import polars as pl

from propcast.backends.warehouse.port import Condition, Stamp, Warehouse, WriteResult
from propcast.backends.warehouse.predicate import expression
from propcast.pipeline.steps import Step, StepStore
from propcast.tables.registry import ALL
from propcast.tables.schema import Rule, Table


class Shelf:
    """What steps use of a warehouse; writes follow the table's rule and look at nothing else."""

    def __init__(self, frames: Mapping[str, pl.DataFrame]) -> None:
        self.frames = dict(frames)

    def read(
        self,
        table: Table,
        where: Sequence[Condition] = (),
        *,
        columns: Sequence[str] | None = None,
        as_of: datetime | None = None,
        in_order: bool = True,
    ) -> pl.DataFrame:
        rows = self.frames.get(table.name, table.empty()).filter(expression(table, where))
        return rows.select(columns) if columns else rows

    def write(self, table: Table, frame: pl.DataFrame, stamp: Stamp, *, scope: Sequence[Condition] = ()) -> WriteResult:
        stored = self.frames.get(table.name, table.empty())
        kept = stored.filter(~expression(table, scope)) if table.rule is Rule.SET else stored
        order = [kept, frame] if table.rule is Rule.ONCE else [frame, kept]
        rows = pl.concat(order).unique(table.key, keep="first", maintain_order=True)
        self.frames[table.name] = rows
        return WriteResult(table.name, frame.height, rows.height - kept.height, 0, 0, 0, 0)

    def quarantine(self, table: Table, bad: pl.DataFrame, stamp: Stamp, *, origin: str) -> int:
        return bad.height


def store_on(shelf: Shelf) -> StepStore:
    """Return the shelf as a step that declares every table sees it."""
    everything = tuple(ALL.values())
    stamp = Stamp("leaks", datetime(2000, 1, 1, tzinfo=UTC))
    return StepStore(cast("Warehouse", shelf), Step("leaks", everything, everything), stamp)
