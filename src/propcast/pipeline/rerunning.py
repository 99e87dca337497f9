"""A finished game day through the steps of a processor once more: what they would write is kept and returned.

Nothing is written, and nothing is put on record. The steps read what stands now and are as of the moments that they are
always as of, so two releases that are asked one after the other are given the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from propcast.backends.compose import Backends
from propcast.backends.warehouse.port import Condition, Stamp, WriteResult
from propcast.backends.warehouse.rules import merge_repeats
from propcast.core.errors import ContractViolation
from propcast.core.gameday import GameDay
from propcast.core.markets import markets_of
from propcast.core.sport import Sport
from propcast.pipeline.analytics import analytics_step, build_analytics
from propcast.pipeline.grading import grade_step, settle_day
from propcast.pipeline.linebook import build_line_book, line_book_step
from propcast.pipeline.precompute import build_features, build_training_rows, precompute_step, training_step
from propcast.pipeline.queries import require_publication
from propcast.pipeline.span import Span
from propcast.pipeline.sports import plan_of
from propcast.pipeline.steps import Step, StepStore
from propcast.tables.contract import report, require_shape, split
from propcast.tables.schema import VOLATILE, Table

Rows = dict[str, pl.DataFrame]
"""What steps would write for a game day, by `step/table`."""


@dataclass
class Keeping(StepStore):
    """A step's store that reads as any other does and keeps what would be written, if it would be taken."""

    kept: dict[Table, pl.DataFrame] = field(default_factory=dict)

    def write(self, table: Table, frame: pl.DataFrame, scope: Sequence[Condition] = ()) -> WriteResult:  # noqa: ARG002
        """Keep the rows; `ContractViolation` where they break the declaration."""
        self._require(table, self.step.writes, "writes")
        rows, repeats = _taken(table, table.conform(frame))
        with self._counting:
            self.kept[table] = pl.concat([self.kept.get(table, table.empty()), rows])
        return WriteResult(table.name, rows.height + repeats, 0, rows.height, repeats, 0, -1)

    def hold_back(self, table: Table, bad: pl.DataFrame, origin: str) -> int:  # noqa: ARG002 - as the store it is
        """Let rows that may not be written fall: who compares misses them."""
        return 0

    def shown(self, day: GameDay) -> Rows:
        """Return what a reader would find of a game day, without what is never a part of a row's content."""
        return {
            f"{self.step.name}/{table.name}": rows.filter(pl.col("game_day") == day.date).select(_columns(table))
            for table, rows in self.kept.items()
        }


def analytics_again(backends: Backends, sport: Sport, day: GameDay, publication: str = "") -> Rows:
    """Return the analytics of a game day, and the grades of one of its publications (the current one unless told).

    Raises:
        NotReady: nothing of that tag is published for the day.
    """
    plan, tag = plan_of(sport), require_publication(backends, sport, day, publication)
    built, graded = _keeping(backends, analytics_step(plan)), _keeping(backends, grade_step(plan))
    build_analytics(built, plan, [day.season(sport)])
    settle_day(graded, plan, day, tag)
    return {**built.shown(day), **graded.shown(day)}


def features_again(backends: Backends, sport: Sport, day: GameDay, publication: str = "") -> Rows:  # noqa: ARG001
    """Return lines, training rows and features of a game day; they are the same for all its publications."""
    plan, span, markets = plan_of(sport), Span(sport, day, day), markets_of(sport)
    lines, learnt, built = (_keeping(backends, of(plan)) for of in (line_book_step, training_step, precompute_step))
    build_line_book(lines, span)
    build_training_rows(learnt, plan, span, markets)
    build_features(built, plan, span, markets)
    return {**lines.shown(day), **learnt.shown(day), **built.shown(day)}


def _keeping(backends: Backends, step: Step) -> Keeping:
    return Keeping(backends.warehouse, step, Stamp("replay", backends.clock.now()))


def _taken(table: Table, frame: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Return the rows that the warehouse would take, each once, and how many repetitions that took out."""
    require_shape(table, frame)
    merged = merge_repeats(table, frame)
    parts = split(table, merged.rows.select(table.schema.names()))
    if not parts.bad.is_empty():
        raise ContractViolation(report(table, parts.bad))
    return parts.good, merged.repeats


def _columns(table: Table) -> list[str]:
    return [name for name in table.schema.names() if name in table.key or name not in VOLATILE]
