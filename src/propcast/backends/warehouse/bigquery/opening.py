"""Opens the warehouse in BigQuery that an environment names."""

from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery, bigquery_storage

from propcast.backends.google.patience import Patience
from propcast.backends.google.places import BIGQUERY, Places
from propcast.backends.ground import Ground
from propcast.backends.warehouse.bigquery.names import Names
from propcast.backends.warehouse.bigquery.service import Service
from propcast.backends.warehouse.bigquery.usage import Meter
from propcast.backends.warehouse.bigquery.warehouse import BigQueryWarehouse
from propcast.backends.warehouse.bigquery.writing import Writer

_SERVICE = "K_SERVICE"
"""What Cloud Run calls the service that runs."""

BUDGET_S = 120.0
"""A call is waited for so long: one job may take minutes."""


def open_warehouse(places: Places, ground: Ground) -> BigQueryWarehouse:
    """Return the warehouse of these places; nothing is asked of the service yet."""
    emulator = places.emulators.get(BIGQUERY)
    client = real_client(places) if emulator is None else emulated_client(places, emulator)
    budget_s = BUDGET_S / ground.settings.time_divisor
    patience = Patience(budget_s, call_s=budget_s, first_s=0.5, longest_s=16.0)
    name = ground.environ.get(_SERVICE, "propcast")
    service = Service(client, None if emulator else arrow_reader(), name, patience, Meter())
    return BigQueryWarehouse(Writer(service, Names.of(places.project, places.dataset_prefix), ground.clock))


def real_client(places: Places) -> bigquery.Client:
    """Return a client of the service, with the credentials of this machine."""
    return bigquery.Client(project=places.project, location=places.region)


def emulated_client(places: Places, address: str) -> bigquery.Client:
    """Return a client of an emulator."""
    endpoint = address if "://" in address else f"http://{address}"
    return bigquery.Client(
        project=places.project,
        location=places.region,
        credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]
        client_options={"api_endpoint": endpoint},
    )


def arrow_reader() -> bigquery_storage.BigQueryReadClient:
    """Return what fetches large results as Arrow."""
    return bigquery_storage.BigQueryReadClient()  # type: ignore[no-untyped-call]
