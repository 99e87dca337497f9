"""The supervisor's own log: every event as a line of JSON, as the services write theirs."""

import json
from dataclasses import dataclass

from propcast.core.clock import Clock
from propcast.service.supervision.events import Event
from propcast.service.supervision.logfile import LogFile

NAME = "supervisor"


@dataclass(frozen=True)
class Journal:
    """Writes events to a log file."""

    file: LogFile
    clock: Clock

    def tell(self, event: Event) -> None:
        """Write an event."""
        self.file.write(json.dumps(line_of(event, self.clock), ensure_ascii=False).encode() + b"\n")


def line_of(event: Event, clock: Clock) -> dict[str, object]:
    """Return the fields of an event's line; those without a value are left out."""
    fields: dict[str, object] = {
        "time": clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "severity": "WARNING" if event.kind.is_bad else "INFO",
        "event": f"process_{event.kind}" if event.process else str(event.kind),
        "service": NAME,
        "process": event.process,
        "pid": event.pid,
        "duration_ms": None if event.duration_ms is None else round(event.duration_ms, 1),
        "reason": event.note,
    }
    return {name: value for name, value in fields.items() if value not in (None, "")}
