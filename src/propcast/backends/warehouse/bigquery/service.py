"""BigQuery's client as the warehouse uses it: one place for retries, labels, limits and counts."""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
from google.api_core.exceptions import BadRequest, Conflict, NotFound
from google.api_core.retry import Retry
from google.cloud import bigquery

from propcast.backends.google.patience import Patience
from propcast.backends.warehouse.bigquery.layout import staging_fields
from propcast.backends.warehouse.bigquery.statements import Statement
from propcast.backends.warehouse.bigquery.usage import Meter
from propcast.core.errors import StoreConflict

if TYPE_CHECKING:
    from google.cloud.bigquery_storage import BigQueryReadClient

MOST_BYTES = 200 * 2**30
"""A query that would read more is refused by the service: it guards the bill, not the work."""
NEVER = Retry(predicate=lambda _: False)
"""The client tries nothing again: `Patience` does, within one budget."""
_NO_TABLE = re.compile(r"not found: table[: ]\S*[.:](\w+)", re.IGNORECASE)
_NOT_IN_A_LABEL = re.compile(r"[^a-z0-9_-]+")


class Absent(Exception):
    """A table that a statement names is not there."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True)
class Purpose:
    """What a job is for: `doing` for who reads an error, the others for who reads the bill."""

    doing: str
    step: str
    table: str


@dataclass(frozen=True)
class Service:
    """One connection; every call of it may be repeated without harm.

    Attributes:
        reader: fetches large results as Arrow; None fetches all of them over REST.
        name: of the service that asks, for the labels.
    """

    client: bigquery.Client
    reader: "BigQueryReadClient | None"
    name: str
    patience: Patience
    meter: Meter

    def rows(self, statement: Statement, purpose: Purpose) -> pl.DataFrame:
        """Run a statement and return its result.

        Raises:
            Absent: a table that it names is not there.
            StoreConflict: another transaction changed one of its tables.
        """

        def run(left_s: float) -> pl.DataFrame:
            self.meter.query(purpose.step)
            try:
                config = self._config(statement, purpose, left_s)
                job = self.client.query(statement.text, config, retry=NEVER, job_retry=NEVER, timeout=left_s)
                result = job.result(retry=NEVER, job_retry=NEVER, timeout=left_s)
            except NotFound as error:
                if (absent := _absent(error, statement.tables)) is not None:
                    raise absent from error
                raise
            except BadRequest as error:
                if "concurrent update" in str(error):
                    raise StoreConflict(f"{purpose.doing}: {error}") from error
                raise
            said = int(job.total_bytes_billed or 0)
            self.meter.billed(purpose.step, said, len(statement.tables), int(job.num_child_jobs or 0))
            found = result.to_arrow(create_bqstorage_client=False, bqstorage_client=self.reader)
            return pl.DataFrame(pl.from_arrow(found))

        return self.patience.again(purpose.doing, run)

    def load(self, frame: pl.DataFrame, destination: str, purpose: Purpose) -> None:
        """Put a frame into a new table of its own, in one load job."""
        body = io.BytesIO()
        frame.write_parquet(body)
        config = bigquery.LoadJobConfig(
            source_format=bigquery.SourceFormat.PARQUET,
            schema=staging_fields(frame.schema),
            write_disposition=bigquery.WriteDisposition.WRITE_TRUNCATE,
            labels=self._labels(purpose),
        )
        config.parquet_options = _LISTS

        def run(left_s: float) -> None:
            self.meter.load(purpose.step)
            job = self.client.load_table_from_file(
                body, destination, rewind=True, size=None, num_retries=0, job_config=config, timeout=left_s
            )
            job.result(retry=NEVER, timeout=left_s)

        self.patience.again(purpose.doing, run)

    def create(self, definition: bigquery.Table, purpose: Purpose) -> bool:
        """Make a table; return whether it was not there."""

        def run(left_s: float) -> bool:
            self.meter.call(purpose.step)
            try:
                self.client.create_table(definition, retry=NEVER, timeout=left_s)
            except Conflict:
                return False
            return True

        return self.patience.again(purpose.doing, run)

    def table(self, name: str, purpose: Purpose) -> bigquery.Table | None:
        """Return what the service knows of a table, None where there is none."""

        def run(left_s: float) -> bigquery.Table | None:
            self.meter.call(purpose.step)
            try:
                return self.client.get_table(name, retry=NEVER, timeout=left_s)
            except NotFound as error:
                if _absent(error, (name,)) is None:
                    raise
                return None

        return self.patience.again(purpose.doing, run)

    def listed(
        self, name: str, fields: Sequence[bigquery.SchemaField], purpose: Purpose
    ) -> list[dict[str, object]] | None:
        """Return columns of all rows of a small table without a job, None where there is none."""

        def run(left_s: float) -> list[dict[str, object]] | None:
            self.meter.call(purpose.step)
            where = bigquery.TableReference.from_string(name)
            try:
                found = self.client.list_rows(where, selected_fields=fields, retry=NEVER, timeout=left_s)
                return [dict(row) for row in found]
            except NotFound as error:
                if _absent(error, (name,)) is None:
                    raise
                return None

        return self.patience.again(purpose.doing, run)

    def names(self, dataset: str, purpose: Purpose) -> list[str]:
        """Return the names of all tables of a dataset."""

        def run(left_s: float) -> list[str]:
            self.meter.call(purpose.step)
            return [each.table_id for each in self.client.list_tables(dataset, retry=NEVER, timeout=left_s)]

        return self.patience.again(purpose.doing, run)

    def remove(self, name: str, purpose: Purpose) -> None:
        """Remove a table, there or not."""

        def run(left_s: float) -> None:
            self.meter.call(purpose.step)
            self.client.delete_table(name, not_found_ok=True, retry=NEVER, timeout=left_s)

        self.patience.again(purpose.doing, run)

    def bytes_of(self, statement: Statement, purpose: Purpose) -> int:
        """Return how many bytes a query would read, without running it."""

        def run(left_s: float) -> int:
            self.meter.call(purpose.step)
            config = bigquery.QueryJobConfig(query_parameters=statement.parameters, dry_run=True, use_query_cache=False)
            job = self.client.query(statement.text, config, retry=NEVER, job_retry=NEVER, timeout=left_s)
            return int(job.total_bytes_processed or 0)

        return self.patience.again(purpose.doing, run)

    def _config(self, statement: Statement, purpose: Purpose, left_s: float) -> bigquery.QueryJobConfig:
        config = bigquery.QueryJobConfig(
            query_parameters=list(statement.parameters),
            labels=self._labels(purpose),
            maximum_bytes_billed=MOST_BYTES,
        )
        config.job_timeout_ms = int(left_s * 1000)
        return config

    def _labels(self, purpose: Purpose) -> dict[str, str]:
        named = {"service": self.name, "step": purpose.step, "table": purpose.table}
        return {key: _NOT_IN_A_LABEL.sub("-", value.lower())[:63] for key, value in named.items()}


def _absent(error: NotFound, names: Sequence[str]) -> Absent | None:
    """Return which table an error says is not there; a dataset, or anything else, is another matter."""
    said = _NO_TABLE.search(str(error))
    missing = [] if said is None else [name for name in names if name.rpartition(".")[2] == said[1]]
    return Absent(missing[0]) if missing else None


def _parquet_lists() -> bigquery.ParquetOptions:
    options = bigquery.ParquetOptions()  # type: ignore[no-untyped-call]
    options.enable_list_inference = True
    return options


_LISTS = _parquet_lists()
