"""The one composition root: settings become adapters here and nowhere else."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from propcast.backends.bus.port import Bus
from propcast.backends.google.stores import GoogleStores
from propcast.backends.ground import Ground
from propcast.backends.local import LocalStores
from propcast.backends.objects.port import Objects
from propcast.backends.secrets.port import Secrets
from propcast.backends.settings import Backend, Port, Settings
from propcast.backends.state.ledger import Ledger
from propcast.backends.state.port import State
from propcast.backends.warehouse.port import Warehouse
from propcast.backends.world_clock import clock_of
from propcast.core.clock import Clock, ShiftedClock


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
    """Build the adapters that the settings name, creating the home folder for those of this machine.

    `store_clock` is the time of state store and bus, on which all processes agree though their own clocks may differ;
    it is `clock` unless given. Secrets are looked for in `environ`, the process's own unless given.
    """
    pl.Config.set_engine_affinity("in-memory")  # our frames fit; streaming costs a small query twice the time
    right = clock or clock_of(settings)
    store_clock, clock = store_clock or right, clock or set_wrong(right, settings)
    ground = _ground(settings, clock, store_clock, os.environ if environ is None else environ)
    state = _stores(ground, "state").state()
    return Backends(
        warehouse=_stores(ground, "warehouse").warehouse(),
        state=state,
        ledger=Ledger(state),
        objects=_stores(ground, "objects").objects(),
        bus=_stores(ground, "bus").bus(),
        secrets=_stores(ground, "secrets").secrets(),
        clock=clock,
        settings=settings,
    )


def set_wrong(clock: Clock, settings: Settings) -> Clock:
    """Return the clock of this process, which the settings may have set wrong."""
    offset = timedelta(seconds=settings.clock_offset_s)
    return ShiftedClock(clock, offset) if offset else clock


def secrets_of(settings: Settings, environ: Mapping[str, str]) -> Secrets:
    """Return the secrets that the settings name; nothing is opened or made before one is asked for."""
    clock = clock_of(settings)
    return _stores(_ground(settings, clock, clock, environ), "secrets").secrets()


def bus_of(settings: Settings, environ: Mapping[str, str]) -> Bus:
    """Return the bus that the settings name, and open nothing else."""
    return stores_of(settings, environ, "bus").bus()


def stores_of(settings: Settings, environ: Mapping[str, str], port: Port) -> LocalStores | GoogleStores:
    """Return the adapters among which that of one port is; nothing is opened before one is asked for."""
    clock = clock_of(settings)
    return _stores(_ground(settings, clock, clock, environ), port)


def warehouse_of(settings: Settings, backend: Backend, environ: Mapping[str, str]) -> Warehouse:
    """Return the warehouse of a backend, whichever the settings name for the port."""
    return stores_of(settings.model_copy(update={"backend_warehouse": backend}), environ, "warehouse").warehouse()


def _stores(ground: Ground, port: Port) -> LocalStores | GoogleStores:
    return GoogleStores(ground) if ground.settings.backend_of(port) == "gcp" else LocalStores(ground)


def _ground(settings: Settings, clock: Clock, store_clock: Clock, environ: Mapping[str, str]) -> Ground:
    return Ground(settings, settings.home.expanduser().absolute(), clock, store_clock, environ)
