"""The one composition root: settings become adapters here and nowhere else."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from propcast.backends.bus.port import Bus
from propcast.backends.bus.sqlite import SqliteBus
from propcast.backends.bus.times import BusTimes
from propcast.backends.objects.files import FileObjects
from propcast.backends.objects.port import Objects
from propcast.backends.secrets.local import local_secrets
from propcast.backends.secrets.port import Secrets
from propcast.backends.settings import Settings
from propcast.backends.state.ledger import Ledger
from propcast.backends.state.port import State
from propcast.backends.state.sqlite import SqliteState
from propcast.backends.warehouse.delta import DeltaWarehouse
from propcast.backends.warehouse.port import Warehouse
from propcast.backends.world_clock import clock_of
from propcast.core.clock import Clock, ShiftedClock
from propcast.core.errors import InputError


@dataclass(frozen=True)
class Backends:
    """Everything that reaches outside the process, in one hand."""

    warehouse: Warehouse
    state: State
    ledger: Ledger
    objects: Objects
    bus: Bus
    secrets: Secrets
    clock: Clock
    settings: Settings


def compose(
    settings: Settings,
    clock: Clock | None = None,
    store_clock: Clock | None = None,
    environ: Mapping[str, str] | None = None,
) -> Backends:
    """Build the adapters that the settings name, creating the home folder if it is not there.

    `store_clock` is the time of state store and bus, on which all processes agree though their own clocks may differ;
    it is `clock` unless given. Secrets are looked for in `environ`, the process's own unless given. The home holds
    `warehouse/<table>/`, `objects/`, `secrets/` and two SQLite files.
    """
    pl.Config.set_engine_affinity("in-memory")  # our frames fit; streaming costs a small query twice the time
    if settings.backend != "local":
        raise InputError(f"PROPCAST_BACKEND is {settings.backend!r}; only 'local' exists so far")
    home = settings.home.expanduser().absolute()
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"{home} cannot be the home folder ({error.strerror}); set PROPCAST_HOME to another"
        ) from error
    right = clock or clock_of(settings)
    store_clock, clock = store_clock or right, clock or set_wrong(right, settings)
    state = SqliteState(home / "state.sqlite", store_clock)
    return Backends(
        warehouse=DeltaWarehouse(home / "warehouse", clock),
        state=state,
        ledger=Ledger(state),
        objects=FileObjects(home / "objects"),
        bus=SqliteBus(home / "bus.sqlite", store_clock, BusTimes().scaled(settings.time_divisor)),
        secrets=secrets_of(settings, os.environ if environ is None else environ),
        clock=clock,
        settings=settings,
    )


def set_wrong(clock: Clock, settings: Settings) -> Clock:
    """Return the clock of this process, which the settings may have set wrong."""
    offset = timedelta(seconds=settings.clock_offset_s)
    return ShiftedClock(clock, offset) if offset else clock


def secrets_of(settings: Settings, environ: Mapping[str, str]) -> Secrets:
    """Return the secrets that the settings name; nothing is opened or made before one is asked for."""
    home = settings.home.expanduser().absolute()
    return local_secrets(home / "secrets", environ, generate=settings.environment == "local")
