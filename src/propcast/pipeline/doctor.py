"""Checks an installation by using it: evidence of work, not of existence."""

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import polars as pl

from propcast.backends.compose import Backends
from propcast.backends.scratch import scratch_name
from propcast.backends.settings import Settings, unknown_variables
from propcast.backends.state.records import Run, StepState
from propcast.backends.warehouse.port import In, Stamp
from propcast.core.errors import PropCastError
from propcast.core.gameday import EASTERN
from propcast.core.markets import MARKETS, Market
from propcast.core.sport import Sport
from propcast.pipeline.cloud_doctor import Look, cloud_checks
from propcast.pipeline.models import load
from propcast.pipeline.registry import registered
from propcast.tables.reference import PLAYER_ALIASES
from propcast.tables.registry import ALL
from propcast.tables.schema import Table

FREE_GIB = 2
SUMMER, WINTER = "2025-07-01T12:00:00+00:00", "2025-01-01T12:00:00+00:00"


@dataclass(frozen=True)
class Finding:
    """One check: `pass`, `warn` or `fail`, and a sentence that says what to do when it is not `pass`."""

    check: str
    status: str
    detail: str


Check = Callable[[], Finding]


def examine(
    open_backends: Callable[..., Backends], settings: Settings, more: Mapping[str, Look] | None = None
) -> list[Finding]:
    """Run every check, and those of other rooms by their names; a failure says what to do and stops no other check."""
    checks: list[tuple[str, Check]] = [
        ("settings:unknown", _settings),
        ("zone:eastern", _zone),
        ("disk:free", lambda: _disk(settings.home)),
        ("trees:fit", _trees),
        ("warehouse:round_trip", lambda: _warehouse(open_backends)),
        ("state:round_trip", lambda: _state(open_backends)),
        ("objects:round_trip", lambda: _objects(open_backends)),
    ]
    if settings.home.expanduser().is_dir():
        checks += [
            ("tables:schema", lambda: _schemas(open_backends())),
            ("models:golden", lambda: _models(open_backends())),
        ]
    else:
        missing = f"{settings.home} does not exist yet; `propcast import --from DIR` makes it"
        checks.append(("home:folder", lambda: Finding("home:folder", "warn", missing)))
    checks.append(("history:folder", lambda: _history(settings.history)))
    instead = {**cloud_checks(open_backends, settings, os.environ), **(more or {})}
    told: dict[str, Check] = dict(checks)
    told |= {name: partial(_looked, name, look) for name, look in instead.items()}
    return [_run(name, check) for name, check in told.items()]


def _looked(name: str, look: Look) -> Finding:
    return Finding(name, *look())


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
    offsets = [datetime.fromisoformat(text).astimezone(EASTERN).utcoffset() for text in (WINTER, SUMMER)]
    if offsets == [timedelta(hours=-5), timedelta(hours=-4)]:
        return Finding("zone:eastern", "pass", "Eastern time knows both clock changes")
    return Finding("zone:eastern", "fail", f"Eastern offsets are {offsets}; reinstall the package tzdata")


def _disk(home: Path) -> Finding:
    home = home.expanduser().absolute()
    folder = next(parent for parent in (home, *home.parents) if parent.exists())
    free = shutil.disk_usage(folder).free / 1024**3
    status = "pass" if free >= FREE_GIB else "warn"
    return Finding("disk:free", status, f"{free:.1f} GiB free at {folder} (at least {FREE_GIB} wanted)")


def _warehouse(open_backends: Callable[..., Backends]) -> Finding:
    """Write into a table of its own: a warehouse elsewhere is the real one, whatever folder is the home."""
    with tempfile.TemporaryDirectory() as scratch:
        backends = open_backends(Path(scratch))
        now = backends.clock.now()
        row = {"sport": "nba", "vendor": "*", "name_key": "scratch", "participant_id": "nba:0", "added_by": "doctor"}
        frame = PLAYER_ALIASES.conform(pl.DataFrame([{**row, "added_at": now}]))
        table = replace(PLAYER_ALIASES, name=scratch_name(now))
        backends.warehouse.write(table, frame, Stamp("doctor", now))
        same = backends.warehouse.read(table).equals(frame)
        backends.warehouse.discard(table)
    detail = "wrote a row, read it back, removed it" if same else "a row came back changed; check the disk"
    return Finding("warehouse:round_trip", "pass" if same else "fail", detail)


def _state(open_backends: Callable[..., Backends]) -> Finding:
    with tempfile.TemporaryDirectory() as scratch:
        backends = open_backends(Path(scratch))
        now = backends.clock.now()
        backends.ledger.open_run(Run("doctor", "doctor", Sport.NBA, None, now))
        backends.ledger.close_run("doctor", closed_at=now, outcome=StepState.DONE, counts={})
        closed = backends.ledger.runs()[0].outcome is StepState.DONE
    return Finding(
        "state:round_trip", "pass" if closed else "fail", "opened a run and closed it" if closed else "lost a row"
    )


def _objects(open_backends: Callable[..., Backends]) -> Finding:
    with tempfile.TemporaryDirectory() as scratch:
        objects = open_backends(Path(scratch)).objects
        objects.put("scratch/doctor", b"evidence")
        same = objects.get("scratch/doctor") == b"evidence"
    return Finding("objects:round_trip", "pass" if same else "fail", "stored a blob, read it back, removed it")


def _trees() -> Finding:
    """Fit and ask a tiny model: the native library is there and works."""
    import lightgbm
    import numpy as np

    x = np.arange(40.0).reshape(-1, 1)
    params = {"verbosity": -1, "num_threads": 1, "min_data_in_leaf": 1}
    rising = np.diff(lightgbm.train(params, lightgbm.Dataset(x, x[:, 0]), 5).predict(x)) >= 0
    if rising.all():
        return Finding("trees:fit", "pass", "fitted a small model and asked it")
    return Finding("trees:fit", "fail", "LightGBM predicts nonsense; reinstall the package lightgbm")


def _schemas(backends: Backends) -> Finding:
    stored = [table for table in ALL.values() if backends.warehouse.version(table) >= 0]
    wrong = {table.name: fault for table in stored if (fault := _misfit(backends, table)) is not None}
    if not stored:
        return Finding("tables:schema", "warn", "nothing is stored yet; run `propcast import --from DIR`")
    if wrong:
        named = "; ".join(f"{name}: {fault}" for name, fault in wrong.items())
        return Finding(
            "tables:schema", "fail", f"{named}; import into a new home, or go back to the version that wrote it"
        )
    return Finding("tables:schema", "pass", f"{len(stored)} stored tables are as declared")


def _misfit(backends: Backends, table: Table) -> str | None:
    """Return how the stored columns differ from the declared ones; reads no row."""
    try:
        found = backends.warehouse.read(table, [In(table.partition or table.key[0], ())]).schema
    except PropCastError as error:
        return str(error)
    differing = [name for name, dtype in table.schema.items() if found.get(name) != dtype]
    return f"{', '.join(differing)} of another type" if differing else None


def _models(backends: Backends) -> Finding:
    rows = [(market, row) for market in MARKETS.values() for row in registered(backends, market).iter_rows(named=True)]
    refused = [fault for market, row in rows if (fault := _refusal(backends, market, row)) is not None]
    if not rows:
        return Finding("models:golden", "warn", "no model is registered; run `propcast train`")
    if refused:
        return Finding("models:golden", "fail", "; ".join(refused))
    return Finding("models:golden", "pass", f"{len(rows)} models load and reproduce their golden predictions")


def _refusal(backends: Backends, market: Market, row: dict[str, str]) -> str | None:
    """Return why a registered model cannot be used and how to get it back, or None."""
    try:
        load(backends, market, row)
    except PropCastError as error:
        again = f"propcast train --sport {market.sport} --market {market.name} --until {row['train_until']}"
        return f"{row['model_id']} cannot be used: {error}; put its file back, or fit it again with `{again}`"
    return None


def _history(folder: Path) -> Finding:
    if (folder / "nba_player_box.parquet").exists():
        return Finding("history:folder", "pass", f"history at {folder}")
    return Finding("history:folder", "warn", f"no history at {folder}; set PROPCAST_HISTORY to its folder to import it")
