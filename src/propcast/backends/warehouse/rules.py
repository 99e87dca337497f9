"""The write rules as pure functions: what a write would change, given what is stored.

Every function takes the incoming rows (unique by key, with `row_hash`) and the identities of stored rows (key,
partition, `row_hash`, `revision`, and `observed_at` where declared), and returns a `Change`. LOG and ONCE see only the
partitions that the incoming rows name, so they rely on the partition being a function of the key.
"""

from dataclasses import dataclass

import polars as pl

from propcast.tables.content import row_hashes
from propcast.tables.schema import LINEAGE, Rule, Table

ROW_HASH = "row_hash"
REVISION = "revision"
"""The table version whose commit wrote the row: the order of arrival, whatever the clocks said."""
STORED = {**LINEAGE, ROW_HASH: pl.Int64(), REVISION: pl.Int64()}
"""Columns that every stored row has beside the declared ones."""
IN_SLICE = "in_slice"

_ROW = "row"
_UNTIMED = "untimed"
_NEWEST = 2**63 - 1


@dataclass(frozen=True)
class Change:
    """What one commit does: adds `fresh` rows and takes out the stored rows whose identity is in `superseded`.

    Attributes:
        removed: how many of the superseded rows have no successor.
    """

    fresh: pl.DataFrame
    superseded: pl.DataFrame
    removed: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to commit."""
        return self.fresh.is_empty() and self.superseded.is_empty()


@dataclass(frozen=True)
class Merged:
    """A frame with `row_hash` in which each content stands once per key, and how many repetitions that took out."""

    rows: pl.DataFrame
    repeats: int


def merge_repeats(table: Table, frame: pl.DataFrame) -> Merged:
    """Hash the rows and keep one of those equal in key and content: the one observed first."""
    hashed = frame.select(table.schema.names()).with_columns(row_hashes(frame, table.content_columns))
    identity = [ROW_HASH, *(name for name in table.key if name == "observed_at")]
    if not hashed.select(pl.struct(identity).is_duplicated().any()).item():
        return Merged(hashed, 0)
    ordered = hashed.sort("observed_at", nulls_last=True) if "observed_at" in table.schema else hashed
    rows = ordered.unique(subset=identity, keep="first", maintain_order=True)
    return Merged(rows, hashed.height - rows.height)


def identity_columns(table: Table) -> list[str]:
    """Name the stored columns that a rule needs to see."""
    partition = [] if table.partition is None else [table.partition]
    timed = [name for name in ("observed_at",) if name in table.schema]
    return list(dict.fromkeys([*table.key, *partition, *timed, ROW_HASH, REVISION]))


def plan(table: Table, rule: Rule, incoming: pl.DataFrame, stored: pl.DataFrame) -> Change:
    """Return what a write by the rule would change; `stored` also has `in_slice` (false except for SET)."""
    if rule is Rule.LOG:
        return _append_states(table, incoming, stored)
    if rule is Rule.ONCE:
        absent = incoming.join(stored, on=table.key, how="anti", nulls_equal=True)
        return Change(absent, stored.clear())
    return _replace(table, incoming, stored)


def _append_states(table: Table, incoming: pl.DataFrame, stored: pl.DataFrame) -> Change:
    """Keep the rows whose content differs from the state that was in force just before them.

    A row observed earlier than the newest stored state finds its own place. Rows of unknown time (null) are a series
    of their own. Where the key holds `observed_at`, a stored instant is never restated.
    """
    candidates = incoming.with_row_index(_ROW)
    if "observed_at" in table.key:
        candidates = candidates.join(stored, on=table.key, how="anti", nulls_equal=True)
    subject = [name for name in table.key if name != "observed_at"]
    states = pl.concat([stored, candidates], how="diagonal").with_columns(pl.col(REVISION).fill_null(_NEWEST))
    if "observed_at" in table.schema:
        states = states.with_columns(pl.col("observed_at").is_null().alias(_UNTIMED))
        subject.append(_UNTIMED)
    # Neighbours after one sort: a window over the same text keys costs four times as much.
    timed = [name for name in ("observed_at",) if name in table.schema]
    repeats = pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift(1)) for name in [*subject, ROW_HASH])
    differs = pl.col(_ROW).is_not_null() & ~repeats
    rows = states.sort(*subject, *timed, REVISION).filter(differs)[_ROW]
    return Change(incoming[rows.sort()], stored.clear())


def _replace(table: Table, incoming: pl.DataFrame, stored: pl.DataFrame) -> Change:
    """Replace stored rows of the same key, and all stored rows of the slice; equal rows stay as they are."""
    row = [*table.key, ROW_HASH]
    fresh = incoming.join(stored, on=row, how="anti", nulls_equal=True)
    changed = stored.join(incoming, on=row, how="anti", nulls_equal=True)
    has_successor = changed.join(incoming, on=table.key, how="semi", nulls_equal=True)
    orphans = changed.filter(IN_SLICE).join(incoming, on=table.key, how="anti", nulls_equal=True)
    return Change(fresh, pl.concat([has_successor, orphans]), removed=orphans.height)
