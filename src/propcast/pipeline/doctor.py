"""Checks an installation by using it: evidence of work, not of existence."""

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import polars as pl

from propcast.backends.compose import Backends
from propcast.backends.settings import Settings, unknown_variables
from propcast.backends.state.port import Run, StepState
from propcast.backends.warehouse.port import Stamp
from propcast.core.errors import PropCastError
from propcast.core.gameday import EASTERN
from propcast.core.markets import MARKETS
from propcast.core.sport import Sport
from propcast.pipeline.models import load, registered
from propcast.tables.reference import PLAYER_ALIASES
from propcast.tables.registry import ALL

FREE_GIB = 2
SUMMER, WINTER = "2025-07-01T12:00:00+00:00", "2025-01-01T12:00:00+00:00"


@dataclass(frozen=True)
class Finding:
    """One check: `pass`, `warn` or `fail`, and a sentence that says what to do when it is not `pass`."""

    check: str
    status: str
    detail: str


Check = Callable[[], Finding]


def examine(open_backends: Callable[..., Backends], settings: Settings) -> list[Finding]:
    """Run every check; a failure says what to do and stops no other check."""
    checks: Sequence[tuple[str, Check]] = (
        ("settings:unknown", lambda: _settings()),
        ("zone:eastern", _zone),
        ("disk:free", lambda: _disk(settings.home)),
        ("warehouse:round_trip", lambda: _warehouse(open_backends)),
        ("state:round_trip", lambda: _state(open_backends)),
        ("objects:round_trip", lambda: _objects(open_backends)),
        ("tables:schema", lambda: _schemas(open_backends())),
        ("models:golden", lambda: _models(open_backends())),
        ("history:folder", lambda: _history(settings.history)),
    )
    return [_run(name, check) for name, check in checks]


def _run(name: str, check: Check) -> Finding:
    try:
        return check()
    except (PropCastError, OSError, ImportError) as error:
        return Finding(name, "fail", f"{type(error).__name__}: {error}")


def _settings() -> Finding:
    unknown = unknown_variables(os.environ)
    if unknown:
        return Finding("settings:unknown", "warn", "; ".join(unknown))
    return Finding("settings:unknown", "pass", "every PROPCAST_ variable is known")


def _zone() -> Finding:
    from datetime import datetime

    offsets = [datetime.fromisoformat(text).astimezone(EASTERN).utcoffset() for text in (WINTER, SUMMER)]
    if offsets == [timedelta(hours=-5), timedelta(hours=-4)]:
        return Finding("zone:eastern", "pass", "Eastern time knows both clock changes")
    return Finding("zone:eastern", "fail", f"Eastern offsets are {offsets}; reinstall the package tzdata")


def _disk(home: Path) -> Finding:
    folder = next(parent for parent in (home, *home.parents) if parent.exists())
    free = shutil.disk_usage(folder).free / 1024**3
    status = "pass" if free >= FREE_GIB else "warn"
    return Finding("disk:free", status, f"{free:.1f} GiB free at {folder} (at least {FREE_GIB} wanted)")


def _warehouse(open_backends: Callable[..., Backends]) -> Finding:
    with tempfile.TemporaryDirectory() as scratch:
        backends = open_backends(Path(scratch))
        now = backends.clock.now()
        row = {"sport": "nba", "vendor": "*", "name_key": "scratch", "participant_id": "nba:0", "added_by": "doctor"}
        frame = PLAYER_ALIASES.conform(pl.DataFrame([{**row, "added_at": now}]))
        backends.warehouse.write(PLAYER_ALIASES, frame, Stamp("doctor", now))
        same = backends.warehouse.read(PLAYER_ALIASES).equals(frame)
    detail = "wrote a row, read it back, removed it" if same else "a row came back changed; check the disk"
    return Finding("warehouse:round_trip", "pass" if same else "fail", detail)


def _state(open_backends: Callable[..., Backends]) -> Finding:
    with tempfile.TemporaryDirectory() as scratch:
        backends = open_backends(Path(scratch))
        now = backends.clock.now()
        backends.state.open_run(Run("doctor", "doctor", Sport.NBA, None, now))
        backends.state.close_run("doctor", closed_at=now, outcome=StepState.DONE, counts={})
        closed = backends.state.runs()[0].outcome is StepState.DONE
    return Finding(
        "state:round_trip", "pass" if closed else "fail", "opened a run and closed it" if closed else "lost a row"
    )


def _objects(open_backends: Callable[..., Backends]) -> Finding:
    with tempfile.TemporaryDirectory() as scratch:
        objects = open_backends(Path(scratch)).objects
        objects.put("scratch/doctor", b"evidence")
        same = objects.get("scratch/doctor") == b"evidence"
    return Finding("objects:round_trip", "pass" if same else "fail", "stored a blob, read it back, removed it")


def _schemas(backends: Backends) -> Finding:
    stored = [table for table in ALL.values() if backends.warehouse.version(table) >= 0]
    wrong = [
        t.name
        for t in stored
        if backends.warehouse.read(t, columns=t.key).schema != pl.Schema({k: t.schema[k] for k in t.key})
    ]
    if not stored:
        return Finding("tables:schema", "warn", "nothing is stored yet; run `propcast import --from DIR`")
    if wrong:
        return Finding(
            "tables:schema", "fail", f"{', '.join(wrong)} differ from their declarations; import into a new home"
        )
    return Finding("tables:schema", "pass", f"{len(stored)} stored tables are as declared")


def _models(backends: Backends) -> Finding:
    rows = [(market, row) for market in MARKETS.values() for row in registered(backends, market).iter_rows(named=True)]
    for market, row in rows:
        load(backends, market, row)
    if not rows:
        return Finding("models:golden", "warn", "no model is registered; run `propcast train`")
    return Finding("models:golden", "pass", f"{len(rows)} models load and reproduce their golden predictions")


def _history(folder: Path) -> Finding:
    if (folder / "nba_player_box.parquet").exists():
        return Finding("history:folder", "pass", f"history at {folder}")
    return Finding("history:folder", "warn", f"no history at {folder}; set PROPCAST_HISTORY to its folder to import it")
