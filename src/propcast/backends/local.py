"""The adapters of one machine."""

from pathlib import Path

from propcast.backends.bus.port import Bus
from propcast.backends.bus.sqlite import SqliteBus
from propcast.backends.bus.times import BusTimes
from propcast.backends.ground import Ground
from propcast.backends.objects.files import FileObjects
from propcast.backends.objects.port import Objects
from propcast.backends.secrets.local import local_secrets
from propcast.backends.secrets.port import Secrets
from propcast.backends.state.port import State
from propcast.backends.state.sqlite import SqliteState
from propcast.backends.warehouse.delta import DeltaWarehouse
from propcast.backends.warehouse.port import Warehouse
from propcast.core.errors import InputError


class LocalStores:
    """Files and SQLite in the home folder: `warehouse/<table>/`, `objects/`, `secrets/` and two databases."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def warehouse(self) -> Warehouse:
        """Return the warehouse of Delta tables."""
        return DeltaWarehouse(self._home() / "warehouse", self._ground.clock)

    def state(self) -> State:
        """Return the state store in SQLite."""
        return SqliteState(self._home() / "state.sqlite", self._ground.store_clock)

    def objects(self) -> Objects:
        """Return the objects in files."""
        return FileObjects(self._home() / "objects")

    def bus(self) -> Bus:
        """Return the bus in SQLite."""
        times = BusTimes().scaled(self._ground.settings.time_divisor)
        return SqliteBus(self._home() / "bus.sqlite", self._ground.store_clock, times)

    def secrets(self) -> Secrets:
        """Return the secrets of this machine; nothing is opened or made before one is asked for."""
        generate = self._ground.settings.environment == "local"
        return local_secrets(self._ground.home / "secrets", self._ground.environ, generate=generate)

    def _home(self) -> Path:
        home = self._ground.home
        try:
            home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"{home} cannot be the home folder ({error.strerror}); set PROPCAST_HOME to another"
            ) from error
        return home
