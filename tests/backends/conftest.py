"""The adapters under test: every conformance test runs on each of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import pytest

from propcast.backends.objects.files import FileObjects
from propcast.backends.objects.port import Objects
from propcast.backends.state.ledger import Ledger
from propcast.backends.state.port import State
from propcast.backends.warehouse.delta import DeltaWarehouse
from propcast.backends.warehouse.port import Warehouse
from propcast.core.clock import Clock, FixedClock
from tests.backends.state_sites import FirestoreSite, SqliteSite, StateSite
from tests.emulators.bigquery import ON_BIGQUERY, BigQueryEmulator
from tests.emulators.bigquery import bigquery_emulator as bigquery_emulator
from tests.emulators.firestore import firestore_address as firestore_address
from tests.emulators.gcs import make_bucket as make_bucket
from tests.emulators.gcs import storage_url as storage_url

pytest.register_assert_rewrite(
    "tests.backends.warehouse_conformance", "tests.backends.state_conformance", "tests.backends.samples"
)


class Site(Protocol):
    """A place for one empty warehouse; can be sent to another process and opened there."""

    def open(self, clock: Clock) -> Warehouse:
        """Return a new handle on the same tables."""
        ...


@dataclass(frozen=True)
class DeltaSite:
    """A folder."""

    root: Path

    def open(self, clock: Clock) -> Warehouse:
        return DeltaWarehouse(self.root, clock)


@dataclass(frozen=True)
class Adapter:
    """Makes empty sites of one warehouse adapter."""

    name: str
    site: Callable[[], Site]


@pytest.fixture(scope="session", params=["delta", pytest.param("bigquery", marks=ON_BIGQUERY)])
def adapter(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Adapter:
    if request.param == "delta":
        return Adapter(request.param, lambda: DeltaSite(tmp_path_factory.mktemp("delta")))
    emulator: BigQueryEmulator = request.getfixturevalue("bigquery_emulator")
    return Adapter(request.param, emulator.site)


@pytest.fixture
def site(adapter: Adapter) -> Site:
    return adapter.site()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2025, 10, 24, 12, tzinfo=UTC))


@pytest.fixture
def warehouse(site: Site, clock: FixedClock) -> Warehouse:
    return site.open(clock)


@pytest.fixture(scope="session", params=["sqlite", pytest.param("firestore", marks=pytest.mark.gcp)])
def state_adapter(request: pytest.FixtureRequest) -> str:
    """The name of the state adapter under test."""
    return str(request.param)


@pytest.fixture
def state_site(request: pytest.FixtureRequest, state_adapter: str, tmp_path: Path) -> StateSite:
    if state_adapter == "firestore":
        return FirestoreSite(request.getfixturevalue("firestore_address"), f"t{uuid4().hex[:12]}_")
    return SqliteSite(tmp_path / "state.sqlite")


@pytest.fixture
def state(state_site: StateSite, clock: FixedClock) -> State:
    return state_site.open(clock)


@pytest.fixture
def ledger(state: State) -> Ledger:
    return Ledger(state)


@pytest.fixture(params=["files", pytest.param("gcs", marks=pytest.mark.gcp)])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    if request.param == "gcs":
        from propcast.backends.objects.gcs import objects_at

        return objects_at("propcast", request.getfixturevalue("make_bucket")(), request.getfixturevalue("storage_url"))
    return FileObjects(tmp_path / "objects")
