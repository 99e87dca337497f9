"""Imports a folder of history into the warehouse, and replays rows whose name has been resolved since."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import polars as pl

from propcast.backends.warehouse.port import In, Stamp, Warehouse
from propcast.core.clock import Clock
from propcast.core.errors import ContractViolation, FileFault, InputError
from propcast.core.identity import short_hash
from propcast.pipeline.provenance import require_observed
from propcast.sources.history.layout import LAYOUT
from propcast.sources.history.parquet import read_file
from propcast.sources.history.parsed import ParsedFile, Rows
from propcast.sources.history.reading import read_history
from propcast.sources.history.replay import REPLAYABLE, replay
from propcast.sources.history.specification import Specification
from propcast.tables.raw import RAW_VENDOR_EVENTS
from propcast.tables.reference import PLAYER_ALIASES, QUARANTINE, REF_PLAYERS, UNRESOLVED_NAMES
from propcast.tables.schema import Table

Progress = Callable[[str, int, int], None]
"""Told after each file: its name, how many files are done, how many there are."""


@dataclass(frozen=True)
class FileReport:
    """What became of one file; unless refused, `rows_in = written + unchanged + merged + quarantined`.

    Attributes:
        quarantined: rows held back, by their first violation.
        generated: rows written that the file implies but does not list (polls, withdrawals).
        seconds: time spent on writing this file.
        refused: why nothing of the file was written, or None.
    """

    name: str
    rows_in: int = 0
    written: int = 0
    unchanged: int = 0
    merged: int = 0
    quarantined: dict[str, int] = field(default_factory=dict)
    generated: int = 0
    seconds: float = 0.0
    refused: str | None = None

    def __post_init__(self) -> None:
        accounted = self.written + self.unchanged + self.merged + sum(self.quarantined.values())
        if self.refused is None and accounted != self.rows_in:
            raise ContractViolation(f"{self.name}: {self.rows_in} rows came in, {accounted} are accounted for")


@dataclass(frozen=True)
class ImportReport:
    """What became of a folder.

    Attributes:
        files: one report per file of the layout, in its order.
        people: rows of `ref_players` written.
        vendor_events: states of vendor events written.
        unresolved: spellings (per event) that wait in `unresolved_names`.
        seconds: time of the whole import; reading, which files share, is in here only.
    """

    files: tuple[FileReport, ...]
    people: int
    vendor_events: int
    unresolved: int
    seconds: float

    @property
    def refused(self) -> tuple[FileReport, ...]:
        """Files of which nothing was written."""
        return tuple(report for report in self.files if report.refused is not None)

    @property
    def exit_code(self) -> int:
        """0, or the file fault's code when any file was refused."""
        return FileFault.exit_code if self.refused else 0


@dataclass(frozen=True)
class ReplayReport:
    """How many held rows an alias resolved: written anew, already there, and broken even with their name."""

    replayed: int
    written: int
    still_held: int


@dataclass(frozen=True)
class _File:
    """One file as it lies there: its frame, or why there is none."""

    frame: pl.DataFrame | None
    digest: str
    fault: str | None = None


def import_history(warehouse: Warehouse, directory: Path, clock: Clock, progress: Progress) -> ImportReport:
    """Write every file of the history layout into the raw tables; a second run writes nothing.

    A file fault refuses that file and lets the others through; faulty rows go to quarantine and are counted.

    Raises:
        InputError: there is no such folder, or the warehouse holds a simulated world.
        FileFault: the folder has none of the layout's files.
    """
    begun = clock.now()
    require_observed(warehouse)
    files = _read_files(directory)
    frames = {name: file.frame for name, file in files.items() if file.frame is not None}
    reading = read_history(frames, warehouse.read(PLAYER_ALIASES))
    parsed = {one.name: one for one in reading.files}
    run_id = f"import-{short_hash(directory, begun, length=12)}"
    reports: list[FileReport] = []
    for name, file in files.items():
        started = clock.now()
        report = _settle(warehouse, name, file, parsed.get(name), Stamp(run_id, begun, file.digest))
        reports.append(replace(report, seconds=_seconds_since(started, clock)))
        progress(name, len(reports), len(files))
    shared = Stamp(run_id, begun, short_hash(*(file.digest for file in files.values())))
    return ImportReport(
        files=tuple(reports),
        people=_write(warehouse, REF_PLAYERS, reading.ref_players, shared),
        vendor_events=sum(_write(warehouse, RAW_VENDOR_EVENTS, frame, shared) for frame in reading.vendor_events),
        unresolved=_queue_names(warehouse, reading.unresolved, shared),
        seconds=_seconds_since(begun, clock),
    )


def replay_names(warehouse: Warehouse, clock: Clock) -> ReplayReport:
    """Write the quarantined rows whose name an alias now resolves, and close them in quarantine and queue."""
    aliases = warehouse.read(PLAYER_ALIASES)
    quarantined = warehouse.read(QUARANTINE, [In("state", ("held",))])
    now = clock.now()
    stamp = Stamp(f"replay-{short_hash(now, length=12)}", now)
    replays = [replay(table, quarantined, aliases) for table in REPLAYABLE]
    written = 0
    for one in replays:
        written += _write(warehouse, one.rows.table, one.rows.good, stamp)
    # Only after the rows are safe: a crash in between replays them once more, to no effect.
    done = pl.concat([one.held for one in replays])
    _write(warehouse, QUARANTINE, done.with_columns(pl.lit("replayed").alias("state")), stamp)
    _close_names(warehouse, pl.concat([one.resolved for one in replays]), stamp)
    return ReplayReport(done.height, written, sum(one.rows.bad.height for one in replays))


def _read_files(directory: Path) -> dict[str, _File]:
    if not directory.is_dir():
        raise InputError(f"{directory} is not a folder; give the folder that holds the history's Parquet files")
    if not any((directory / specification.file_name).is_file() for specification in LAYOUT):
        names = ", ".join(specification.file_name for specification in LAYOUT)
        raise FileFault(f"{directory} holds no history; expected {names}")
    return {specification.name: _read_one(directory, specification) for specification in LAYOUT}


def _read_one(directory: Path, specification: Specification) -> _File:
    try:
        frame = read_file(directory, specification)
    except FileFault as fault:
        return _File(None, "", str(fault))
    body = (directory / specification.file_name).read_bytes()
    return _File(frame, hashlib.sha256(body).hexdigest()[:24])


def _settle(warehouse: Warehouse, name: str, file: _File, parsed: ParsedFile | None, stamp: Stamp) -> FileReport:
    """Write one file's rows, or say why it is refused."""
    if parsed is None:
        return FileReport(name, refused=file.fault)
    if parsed.refusal is not None:
        return FileReport(name, parsed.rows_in, merged=parsed.merged, refused=parsed.refusal)
    result = warehouse.write(parsed.rows.table, parsed.rows.good, stamp)
    _hold(warehouse, parsed.rows, stamp, name)
    for rows in parsed.generated:
        _hold(warehouse, rows, stamp, name)
    return FileReport(
        name=name,
        rows_in=parsed.rows_in,
        written=result.written,
        unchanged=result.unchanged,
        merged=parsed.merged + result.merged,
        quarantined=parsed.quarantined,
        generated=sum(_write(warehouse, rows.table, rows.good, stamp) for rows in parsed.generated),
    )


def _hold(warehouse: Warehouse, rows: Rows, stamp: Stamp, origin: str) -> None:
    if not rows.bad.is_empty():
        warehouse.quarantine(rows.table, rows.bad, stamp, origin=origin)


def _write(warehouse: Warehouse, table: Table, frame: pl.DataFrame, stamp: Stamp) -> int:
    return 0 if frame.is_empty() else warehouse.write(table, frame, stamp).written


def _queue_names(warehouse: Warehouse, unresolved: pl.DataFrame, stamp: Stamp) -> int:
    """Write the queue; an entry that a person chose to ignore stays ignored. Returns how many wait."""
    ignored = warehouse.read(UNRESOLVED_NAMES, [In("status", ("ignored",))])
    waiting = unresolved.join(ignored, on=UNRESOLVED_NAMES.key, how="anti")
    _write(warehouse, UNRESOLVED_NAMES, waiting, stamp)
    return waiting.height


def _close_names(warehouse: Warehouse, resolved: pl.DataFrame, stamp: Stamp) -> None:
    entries = warehouse.read(UNRESOLVED_NAMES).join(resolved, on=UNRESOLVED_NAMES.key, how="semi")
    _write(warehouse, UNRESOLVED_NAMES, entries.with_columns(pl.lit("resolved").alias("status")), stamp)


def _seconds_since(instant: datetime, clock: Clock) -> float:
    return (clock.now() - instant).total_seconds()
