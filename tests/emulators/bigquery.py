"""The BigQuery emulator of one test session, and warehouses in it."""

import os
import platform
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from propcast.backends.google.places import Places
from propcast.backends.ground import Ground
from propcast.backends.settings import Settings
from propcast.backends.warehouse.bigquery.opening import EMULATOR, emulated_client, open_warehouse
from propcast.backends.warehouse.bigquery.warehouse import BigQueryWarehouse
from propcast.core.clock import Clock
from propcast.delivery.targets.local.ports import free_ports

ON_BIGQUERY = (pytest.mark.gcp, pytest.mark.timeout(1200))
"""Marks of tests that need it; the emulator answers slowly on a busy machine."""
PROJECT, REGION = "propcast-test", "us-east1"
HOME = Path(__file__).parents[2] / ".tools" / "bigquery"
SERVER = Path(__file__).with_name("bigquery_server.py")
STARTED_WITHIN_S = 600.0


@dataclass(frozen=True)
class BigQuerySite:
    """Two datasets of their own."""

    address: str
    prefix: str

    def places(self) -> Places:
        return Places(PROJECT, REGION, self.prefix, "bucket", {EMULATOR: self.address})

    def open(self, clock: Clock) -> BigQueryWarehouse:
        return open_warehouse(self.places(), Ground(Settings(), Path(), clock, clock, {}))


@dataclass(frozen=True)
class BigQueryEmulator:
    """A running emulator."""

    address: str

    def site(self) -> BigQuerySite:
        """Make two new datasets."""
        site = BigQuerySite(self.address, f"t{uuid4().hex[:12]}_")
        client = emulated_client(site.places(), self.address)
        for name in ("warehouse", "scratch"):
            client.create_dataset(site.prefix + name)
        return site


def on_site(settings: Settings, site: BigQuerySite) -> tuple[Settings, dict[str, str]]:
    """Return settings whose warehouse is there, and the environment to compose them with."""
    places = {"project_id": PROJECT, "region": REGION, "dataset_prefix": site.prefix, "bucket": "none"}
    return settings.model_copy(update={"backend_warehouse": "gcp", **places}), {EMULATOR: site.address}


@pytest.fixture(scope="session")
def bigquery_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BigQueryEmulator]:
    """The emulator of this session."""
    with running_bigquery(tmp_path_factory.mktemp("bigquery")) as emulator:
        yield emulator


@contextmanager
def running_bigquery(folder: Path) -> Iterator[BigQueryEmulator]:
    """Start the emulator and stop it at the end; skip where it is not installed."""
    python = HOME / "bin" / "python"
    if not python.exists():
        pytest.skip("the BigQuery emulator is not installed; run `python3 scripts/emulators.py`")
    rest, grpc = free_ports(2)
    command = [
        str(python),
        str(SERVER),
        "start",
        "--rest-port",
        str(rest),
        "--grpc-port",
        str(grpc),
        "--log-level",
        "error",
    ]
    with (folder / "log").open("w") as log:
        environment = {**os.environ, "HOME": str(with_extension(folder))}
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)  # noqa: S603
        try:
            await_answer(process, f"http://127.0.0.1:{rest}", folder / "log")
            yield BigQueryEmulator(f"127.0.0.1:{rest}")
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def with_extension(home: Path) -> Path:
    """Lay DuckDB's spatial extension where DuckDB looks for it, so that nothing is downloaded."""
    found = next(HOME.glob("lib/python*/site-packages/duckdb_extension_spatial/extensions/*/*.duckdb_extension"))
    machine = {"x86_64": "linux_amd64", "aarch64": "linux_arm64"}[platform.machine()]
    folder = home / ".duckdb" / "extensions" / found.parent.name / machine
    folder.mkdir(parents=True)
    shutil.copy(found, folder)
    return home


def await_answer(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    """Wait until the emulator answers."""
    until = time.monotonic() + STARTED_WITHIN_S
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{address}/bigquery/v2/projects/{PROJECT}/datasets", timeout=5):  # noqa: S310
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"the BigQuery emulator did not start: {log.read_text()[-2000:]}", pytrace=False)
