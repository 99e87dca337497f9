"""The commits of one table, as its journal lists them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from google.cloud.bigquery import SchemaField

from propcast.backends.warehouse.bigquery.service import Purpose, Service
from propcast.backends.warehouse.port import RETENTION_H
from propcast.core.errors import InputError

FIELDS = (
    SchemaField("version", "INT64"),
    SchemaField("token", "STRING"),
    SchemaField("instant", "TIMESTAMP"),
    SchemaField("committed_at", "TIMESTAMP"),
)


@dataclass(frozen=True)
class Entry:
    """One commit.

    Attributes:
        instant: by the clock of the writer; None for the entry that stands for a table never written.
        committed_at: by the clock of the service, before the change could be seen.
    """

    version: int
    token: str
    instant: datetime | None
    committed_at: datetime


@dataclass(frozen=True)
class Journal:
    """The commits that are remembered, in order."""

    table: str
    entries: tuple[Entry, ...]

    @classmethod
    def read(cls, service: Service, name: str, purpose: Purpose) -> Self:
        """Read it without a job; a table without journal was never written."""
        rows = service.listed(name, FIELDS, purpose) or []
        entries = [Entry(**row) for row in rows]  # type: ignore[arg-type]
        return cls(purpose.table, tuple(sorted(entries, key=lambda each: each.version)))

    @property
    def version(self) -> int:
        """The newest version, −1 if there is none."""
        return max((each.version for each in self.entries), default=-1)

    def version_at(self, instant: datetime) -> int:
        """Return the last version committed by then according to the clock of the writers, −1 if none."""
        known = [each.version for each in self.entries if each.instant is not None and each.instant <= instant]
        return max(known, default=-1)

    def has(self, token: str) -> bool:
        """Return whether an attempt to commit succeeded."""
        return any(each.token == token for each in self.entries)

    def moment_of(self, version: int) -> datetime | None:
        """Return the last moment of the service at which the table was as that version left it; None means now.

        Raises:
            InputError: no such version is remembered.
        """
        later = {each.version: each for each in self.entries}
        if version not in later:
            raise InputError(f"{self.table} has no version {version}; versions are promised for {RETENTION_H} h")
        following = later.get(version + 1)
        return None if following is None else following.committed_at
