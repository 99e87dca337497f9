"""Round trips through each port under `_scratch/`: what is written comes back and nothing of it stays."""

import time
from collections.abc import Callable
from functools import partial

import polars as pl

from propcast.backends.bus.port import Bus
from propcast.backends.compose import Backends
from propcast.backends.objects.port import Objects
from propcast.backends.scratch import scratch_name
from propcast.backends.state import audit
from propcast.backends.state.port import Body, Collection, State
from propcast.backends.warehouse.port import Stamp, Warehouse
from propcast.core.clock import Clock
from propcast.core.instants import text_of
from propcast.service.catalogue import Entry
from propcast.service.health.body import Status
from propcast.service.health.checks import Observe, Observed, Output
from propcast.service.health.ports import round_trip
from propcast.service.topics import SCRATCH_TOPIC, scratch_subscription
from propcast.tables.schema import Rule, Table, count, instant, text

SCRATCH_DOCUMENTS = Collection("scratch", ("at",))

_COLUMNS = (*text("name"), *count("n"), *instant("written_at"))
_PUBLISHED_AT_MOST = 3
_DRAINED_AT_ONCE = 100


def trips(entry: Entry, backends: Backends) -> dict[str, Observe]:
    """Return the observations of the four ports by key."""
    return {
        "warehouse:round_trip": warehouse_trip(backends.warehouse, backends.clock),
        "state:round_trip": state_trip(backends.state, backends.clock),
        "objects:round_trip": objects_trip(backends.objects, backends.clock),
        "bus:round_trip": bus_trip(entry, backends.bus, backends.clock),
    }


def warehouse_trip(warehouse: Warehouse, clock: Clock) -> Observe:
    """Return an observation that makes a table of one row, reads it and drops it."""

    def write() -> tuple[Table, pl.DataFrame]:
        now = clock.now()
        table = Table(scratch_name(now), "one look at the store", _COLUMNS, ("name",), None, Rule.ONCE)
        row = table.conform(pl.DataFrame({"name": [table.name], "n": [1], "written_at": [now]}))
        warehouse.write(table, row, Stamp("health", now))
        return table, row

    def read(written: tuple[Table, pl.DataFrame]) -> list[tuple[object, ...]]:
        return warehouse.read(written[0]).rows()

    return round_trip(write, read, lambda written: warehouse.discard(written[0]), lambda written: written[1].rows())


def state_trip(state: State, clock: Clock) -> Observe:
    """Return an observation that inserts a document, reads it and deletes it."""

    def write() -> str:
        name = scratch_name(clock.now())
        state.transact(lambda tx: tx.insert(SCRATCH_DOCUMENTS, name, {"at": text_of(tx.now), "name": name}))
        return name

    def read(name: str) -> object:
        return (state.get(SCRATCH_DOCUMENTS, name) or {}).get("name")

    def delete(name: str) -> None:
        state.transact(lambda tx: tx.delete(SCRATCH_DOCUMENTS, name))

    return round_trip(write, read, delete, lambda name: name)


def objects_trip(objects: Objects, clock: Clock) -> Observe:
    """Return an observation that puts a blob, gets it and discards it."""

    def write() -> str:
        name = scratch_name(clock.now())
        objects.put(name, name.encode())
        return name

    return round_trip(write, objects.get, objects.discard, lambda name: name.encode())


def bus_trip(entry: Entry, bus: Bus, clock: Clock, timer: Callable[[], float] = time.perf_counter) -> Observe:
    """Return an observation that publishes to the scratch topic, receives and acknowledges.

    Another instance may receive ours, and we its: either proves the way, so it is tried again only when nothing came.
    """

    def observe() -> float | Observed:
        started, came = timer(), False
        for _ in range(_PUBLISHED_AT_MOST):
            body: Body = {"name": scratch_name(clock.now())}
            bus.publish(SCRATCH_TOPIC, [(body, {"service": entry.name})])
            came = bool(bus.drain(scratch_subscription(entry), _DRAINED_AT_ONCE))
            if came:
                break
        took = round((timer() - started) * 1000, 2)
        return took if came else Observed(took, Status.FAIL, Output.MISMATCH, "what was published did not arrive.")

    return observe


def audit_trip(entry: Entry, state: State) -> Observe:
    """Return an observation that writes a row as the trail's are written, reads it, deletes it and reads the trail."""

    def write() -> str:
        name = f"audit {entry.name}"
        state.transact(lambda tx: tx.put(SCRATCH_DOCUMENTS, name, {"at": text_of(tx.now), "name": name}))
        return name

    def read(name: str) -> object:
        audit.find(state, limit=1)
        return (state.get(SCRATCH_DOCUMENTS, name) or {}).get("name")

    def delete(name: str) -> None:
        state.transact(lambda tx: tx.delete(SCRATCH_DOCUMENTS, name))

    return round_trip(write, read, partial(delete), lambda name: name)
