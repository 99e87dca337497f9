"""The statements that change a table: one script each, in which the whole change happens or nothing of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from propcast.backends.warehouse.bigquery.conditions import Parameters, in_partitions
from propcast.backends.warehouse.bigquery.layout import (
    ALL_DAYS,
    kind_of,
    mode_of,
    needs_partition,
    shape,
    stored_schema,
)
from propcast.backends.warehouse.bigquery.statements import Statement
from propcast.backends.warehouse.rules import ROW_HASH
from propcast.tables.schema import Table

SUPERSEDED = "superseded"
"""In a staged row that takes a stored one out: the hash of that one."""
NEW_HASH = "new_hash"
KEPT_DAYS = 8
"""Commits older than this are forgotten: BigQuery reads seven days back at most."""


@dataclass(frozen=True)
class Commit:
    """One attempt to change a table.

    Attributes:
        name, journal, staging: where the table is, its commits and the staged rows.
        seen: the version that the change was worked out from; any other, and nothing happens.
        token: tells this attempt from every other.
        instant: by the clock of who writes.
    """

    table: Table
    name: str
    journal: str
    staging: str
    seen: int
    token: str
    instant: datetime

    def adding(self, *, begin: bool) -> Statement:
        """Add the staged rows; `begin` makes the journal if it is not there."""
        columns = _listed(self.table)
        move = f"INSERT INTO `{self.name}` ({columns}) SELECT {columns} FROM `{self.staging}`"
        return self._guarded(move, Parameters(), before=begun(self.table, self.journal) if begin else "")

    def replacing(self, partitions: pl.Series | None) -> Statement:
        """Add the staged rows and take out those that they supersede, which lie in these partitions."""
        parameters = Parameters()
        same = [f"t.`{ROW_HASH}` = s.`{SUPERSEDED}`", *(_same(self.table, key) for key in self.table.key)]
        if partitions is not None:
            same.append(in_partitions(self.table, partitions, parameters, alias="t."))
        values = ", ".join(f"s.`{column}`" for column in stored_schema(self.table))
        merge = (
            f"MERGE `{self.name}` AS t USING `{self.staging}` AS s\n"
            f"  ON {' AND '.join(same)}\n"
            "  WHEN MATCHED THEN DELETE\n"
            f"  WHEN NOT MATCHED AND s.`{SUPERSEDED}` IS NULL THEN INSERT ({_listed(self.table)}) VALUES ({values})"
        )
        return self._guarded(merge, parameters)

    def growing(self, missing: Sequence[str]) -> Statement:
        """Add columns and give the rows the hashes that they have with them, from the staged pairs."""
        added = "".join(
            f"ALTER TABLE `{self.name}` ADD COLUMN IF NOT EXISTS `{column}` {_kind(self.table, column)};\n"
            for column in missing
        )
        rehash = (
            f"UPDATE `{self.name}` AS t SET `{ROW_HASH}` = s.`{NEW_HASH}` FROM `{self.staging}` AS s\n"
            f"  WHERE t.`{ROW_HASH}` = s.`{ROW_HASH}`"
        )
        if needs_partition(self.table):
            rehash += f" AND t.`{self.table.partition}` {ALL_DAYS}"
        return self._guarded(rehash, Parameters(), before=added)

    def _guarded(self, change: str, parameters: Parameters, before: str = "") -> Statement:
        """Wrap a change: its update of the journal keeps out every other transaction, its insert tells its moment.

        The moment comes before the change, so that the table as of the moment of a version is the version before it.
        """
        seen, mark = parameters.one("INT64", self.seen), parameters.one("STRING", self.token)
        text = (
            f"{before}BEGIN TRANSACTION;\n"
            f"IF EXISTS (SELECT 1 FROM `{self.journal}` WHERE `is_last` AND `version` = {seen}) THEN\n"
            f"  UPDATE `{self.journal}` SET `is_last` = FALSE WHERE `is_last`;\n"
            f"  INSERT INTO `{self.journal}` (`version`, `token`, `instant`, `committed_at`, `is_last`, `shape`)\n"
            f"  VALUES ({seen} + 1, {mark}, {parameters.one('TIMESTAMP', self.instant)}, CURRENT_TIMESTAMP(), TRUE,"
            f" '{shape(self.table)}');\n"
            f"  {change};\n"
            f"{self._forgetting()}"
            "  COMMIT TRANSACTION;\n"
            "ELSE\n"
            "  ROLLBACK TRANSACTION;\n"
            "END IF;\n"
            f"DROP TABLE IF EXISTS `{self.staging}`;\n"
            f"SELECT COUNT(*) AS `n` FROM `{self.journal}` WHERE `token` = {mark};"
        )
        return Statement(text, parameters.values, (self.name, self.journal, self.staging))

    def _forgetting(self) -> str:
        if self.seen % KEPT_DAYS:
            return ""
        return (
            f"  DELETE FROM `{self.journal}` WHERE NOT `is_last`"
            f" AND `committed_at` < TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL {KEPT_DAYS} DAY);\n"
        )


def begun(table: Table, journal: str) -> str:
    """Make the journal of a table that was never written."""
    return (
        f"CREATE TABLE IF NOT EXISTS `{journal}` AS SELECT -1 AS `version`, '' AS `token`, "
        "CAST(NULL AS TIMESTAMP) AS `instant`, CURRENT_TIMESTAMP() AS `committed_at`, TRUE AS `is_last`, "
        f"'{shape(table)}' AS `shape`;\n"
    )


def _same(table: Table, key: str) -> str:
    if not table.column(key).nullable:
        return f"t.`{key}` = s.`{key}`"
    return f"(t.`{key}` = s.`{key}` OR (t.`{key}` IS NULL AND s.`{key}` IS NULL))"


def _kind(table: Table, name: str) -> str:
    dtype = stored_schema(table)[name]
    return f"ARRAY<{kind_of(dtype)}>" if mode_of(dtype) == "REPEATED" else kind_of(dtype)


def _listed(table: Table) -> str:
    return ", ".join(f"`{column}`" for column in stored_schema(table))
