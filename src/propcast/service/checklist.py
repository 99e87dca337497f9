"""Every check that a service can owe, as one table: where it runs, what it measures, its bounds, what to do."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from propcast.service.health.body import Kind
from propcast.service.health.checks import Bounds, Check, Observe, Output

JUST_ABOVE_1E_6 = math.nextafter(1e-6, 1.0)


@dataclass(frozen=True)
class Item:
    """What is known of a check before anybody wires it."""

    key: str
    unit: str
    advice: str
    kind: Kind = Kind.COMPONENT
    bounds: Bounds = field(default_factory=Bounds)
    critical: bool = True
    in_ready: bool = True
    meaning: Output = Output.ERROR

    def check(self, observe: Observe, bounds: Bounds | None = None, endpoints: tuple[str, ...] = ()) -> Check:
        """Return the check, with bounds of its own where the table leaves them to settings."""
        return Check(
            key=self.key,
            observe=observe,
            unit=self.unit,
            kind=self.kind,
            bounds=bounds or self.bounds,
            critical=self.critical,
            in_ready=self.in_ready,
            meaning=self.meaning,
            advice=self.advice,
            endpoints=endpoints,
        )


def _ports() -> list[Item]:
    names = {"warehouse": "one row read", "state": "a lease row read", "objects": "a known object's head read",
             "bus": "subscription and topic asked for"}  # fmt: skip
    latencies = [
        Item(f"{port}:latency", "ms", f"The {port} answers slowly or not at all ({what}); look at it first.",
             Kind.DATASTORE, Bounds(warn=300), meaning=Output.TIMEOUT)
        for port, what in names.items()
    ]  # fmt: skip
    trips = [
        Item(f"{port}:round_trip", "ms", f"What was written to the {port} did not come back; check rights and space.",
             Kind.DATASTORE, Bounds(warn=2000), in_ready=False, meaning=Output.MISMATCH)
        for port in names
    ]  # fmt: skip
    return [*latencies, *trips]


def _age(key: str, advice: str) -> Item:
    return Item(key, "min", advice, critical=False, meaning=Output.STALE)


_ITEMS = (
    Item("config:missing_variables", "variables", "Set, correct or remove the variables it names, then restart.",
         bounds=Bounds(fail=1), meaning=Output.MISSING),
    Item("config:release_differences", "keys", "The running configuration is not the one on record; deploy again.",
         bounds=Bounds(fail=1), meaning=Output.MISMATCH),
    Item("image:unresolved_imports", "modules", "The image lacks modules; build it again.",
         bounds=Bounds(fail=1), in_ready=False, meaning=Output.MISSING),
    Item("image:missing_data", "files", "The image lacks data files; build it again.",
         bounds=Bounds(fail=1), in_ready=False, meaning=Output.MISSING),
    Item("process:loop_lag", "ms", "The process is overloaded or blocked; give it fewer requests or more CPU.",
         Kind.SYSTEM, Bounds(100, 1000), meaning=Output.TIMEOUT),
    Item("process:memory", "%", "The process is near its memory limit; raise the limit or look for a leak.",
         Kind.SYSTEM, Bounds(85, 97)),
    Item("clock:skew", "s", "This machine's clock differs from the state store's; synchronise it.",
         Kind.SYSTEM, Bounds(1, 10), in_ready=False, meaning=Output.MISMATCH),
    *_ports(),
    Item("secrets:missing", "secrets", "Put the secrets it names where the secrets port looks, mode 0600.",
         bounds=Bounds(fail=1), meaning=Output.MISSING),
    Item("tables:schema_mismatches", "columns", "Live tables differ from their declarations; migrate them.",
         Kind.DATASTORE, Bounds(fail=1), in_ready=False, meaning=Output.MISMATCH),
    Item("telemetry:export_age", "s", "The collector has taken nothing for a while; look at it.",
         bounds=Bounds(180, 600), critical=False, meaning=Output.STALE),
    Item("models:unloaded", "models", "Publish or repair the model artefacts it names, then restart.",
         bounds=Bounds(fail=1), meaning=Output.MISSING),
    Item("models:golden_difference", "stat units", "A model no longer gives its golden predictions; roll it back.",
         bounds=Bounds(fail=JUST_ABOVE_1E_6), in_ready=False, meaning=Output.MISMATCH),
    Item("features:contract_mismatches", "hashes", "Code, stored features and models differ in contract; rebuild them.",
         bounds=Bounds(fail=1), meaning=Output.MISMATCH),
    _age("features:age", "Features are older than the calendar expects; run precompute."),
    _age("lines:age", "Quotes are older than the calendar expects; look at the feed."),
    _age("sources:age", "Raw data is older than the calendar expects; look at the feeds."),
    _age("published:age", "The slate is older than the calendar expects; look at the coordinator."),
    Item("batches:oldest_open", "s", "A batch is past its deadline; check the workers, then run the sweep.",
         meaning=Output.STALE),
    Item("outbox:oldest_unsent", "s", "Messages wait unsent; check the bus.",
         bounds=Bounds(30, 300), meaning=Output.STALE),
    Item("deadletter:depth", "messages", "Messages were given up; read their reasons, then replay them.",
         bounds=Bounds(1, 50), critical=False),
    Item("services:not_ready", "services", "Other services are not ready; read their own checks.",
         bounds=Bounds(1, 5), critical=False, meaning=Output.REFUSED),
    Item("audit:round_trip", "ms", "The audit trail cannot be written, so actions are refused; check the state store.",
         Kind.DATASTORE),
)  # fmt: skip

CHECKLIST: Mapping[str, Item] = {item.key: item for item in _ITEMS}

_COMMON_GROUPS = (
    "config", "image", "process", "clock", "warehouse", "state", "objects", "bus", "secrets", "tables", "telemetry",
)  # fmt: skip


def of_group(group: str) -> tuple[str, ...]:
    """Return the keys of the checks about one thing."""
    return tuple(key for key in CHECKLIST if key.partition(":")[0] == group)


COMMON: tuple[str, ...] = tuple(key for group in _COMMON_GROUPS for key in of_group(group))
"""What every service owes."""
