"""The adapters on Google Cloud, each made when a port asks for it."""

from propcast.backends.bus.port import Bus
from propcast.backends.google.places import Places
from propcast.backends.ground import Ground
from propcast.backends.objects.port import Objects
from propcast.backends.secrets.port import Secrets
from propcast.backends.state.port import State
from propcast.backends.warehouse.port import Warehouse
from propcast.core.errors import InputError


class GoogleStores:
    """BigQuery, Firestore, Cloud Storage, Pub/Sub and Secret Manager.

    Clients are imported by the method that makes an adapter, never before: a process pays for what it uses.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def warehouse(self) -> Warehouse:
        """Return the warehouse in BigQuery."""
        from propcast.backends.warehouse.bigquery.opening import open_warehouse

        return open_warehouse(Places.of(self._ground.settings, self._ground.environ), self._ground)

    def state(self) -> State:
        """Return the state store in Firestore."""
        from propcast.backends.state.firestore.opening import opened

        return opened(self._ground)

    def objects(self) -> Objects:
        """Return the objects in Cloud Storage."""
        from propcast.backends.objects.gcs import opened

        return opened(self._ground)

    def bus(self) -> Bus:
        """Return the bus on Pub/Sub."""
        from propcast.backends.bus.pubsub.opening import opened

        return opened(self._ground)

    def secrets(self) -> Secrets:
        """Return the secrets in Secret Manager, the environment first."""
        from propcast.backends.secrets.manager import opened

        return opened(self._ground)


def _absent(port: str) -> InputError:
    return InputError(
        f"the port {port!r} has no adapter on Google Cloud yet; set PROPCAST_BACKEND_{port.upper()}=local"
    )
