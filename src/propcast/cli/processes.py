"""How the processes of a home are shown."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from propcast.cli.render import MISSING, show_table

if TYPE_CHECKING:
    from propcast.service.supervision.overview import Seen


def in_short(seen: "Sequence[Seen]") -> str:
    """Return how many of the processes are ready, or that none runs."""
    if not seen:
        return "none runs; `propcast up` starts the services"
    ready = sum(each.state == "ready" for each in seen)
    return f"{ready} of {len(seen)} ready"


def show_processes(seen: "Sequence[Seen]") -> None:
    """Print one row per process."""
    import polars as pl

    rows = [
        {"name": each.name, "state": each.state, "since": each.since, "pid": str(each.pid or MISSING),
         "restarts": each.restarts, "ready": each.ready_ms, "memory": each.memory_mb,
         "address": each.address or MISSING, "note": each.note}
        for each in seen
    ]  # fmt: skip
    columns = {"name": "process", "state": "state", "since": "since (UTC)", "pid": "pid", "restarts": "restarts",
               "ready": "ready in ms", "memory": "MB", "address": "address", "note": "note"}  # fmt: skip
    frame = pl.DataFrame(rows, schema_overrides={"ready": pl.Float64, "memory": pl.Float64})
    show_table(frame, columns, title="Processes", digits={"ready": 0, "memory": 0}, spare=("note", "ready", "pid"))
