"""Which suites of the ports ran on which adapters, as one table for people."""

from collections import Counter
from collections.abc import Iterable

import pytest

_STATE = ("state", ("sqlite", "firestore"))
SUITES = {
    "tests/backends/test_warehouse.py": ("warehouse", ("delta", "bigquery")),
    "tests/backends/test_objects.py": ("objects", ("files", "gcs")),
    "tests/backends/bus/test_bus.py": ("bus", ("sqlite", "pubsub")),
    **{
        f"tests/backends/test_{name}.py": _STATE
        for name in ("state", "leases", "lease_protocol", "inbox", "outbox", "outbox_protocol", "dispatcher")
    },
    **{f"tests/backends/test_{name}.py": _STATE for name in ("ledger", "deadletters", "audit")},
}
"""Files of a port's suite, and its adapters as their tests name them."""
OUTCOMES = ("passed", "failed", "skipped")


def adapters_table(reports: Iterable[tuple[str, pytest.TestReport]]) -> list[str]:
    """Return the lines of port × adapter × tests; none unless an adapter on Google Cloud was among them."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for outcome, report in reports:
        place = _place(report.nodeid)
        if place is not None:
            counts.setdefault(place, Counter())[outcome] += 1
    if not any(adapter == adapters[-1] for _, adapter in counts for _, adapters in SUITES.values()):
        return []
    rows = [f"{port:<10} {name:<10}" + "".join(f"{n[o]:>8,}" for o in OUTCOMES) for (port, name), n in counts.items()]
    return [f"{'port':<10} {'adapter':<10}" + "".join(f"{each:>8}" for each in OUTCOMES), *sorted(rows)]


def _place(node: str) -> tuple[str, str] | None:
    file, _, rest = node.partition("::")
    port, adapters = SUITES.get(file, ("", ()))
    named = rest.partition("[")[2].rstrip("]").split("-")
    return next(((port, each) for each in adapters if each in named), None)
