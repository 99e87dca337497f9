"""`propcast down` without what it prints: ends a supervisor and everything it keeps."""

import signal
import time
from dataclasses import dataclass

from propcast.service.supervision import leftovers
from propcast.service.supervision.place import Place
from propcast.service.supervision.times import Times

_STAGES = 3
_MARGIN_S = 5.0


@dataclass(frozen=True)
class Ended:
    """What was ended.

    Attributes:
        processes: how many, the supervisor among them; 0 when nothing ran.
        killed: how many of them did not end when they were asked.
    """

    processes: int
    killed: int
    seconds: float

    def __add__(self, other: "Ended") -> "Ended":
        return Ended(self.processes + other.processes, self.killed + other.killed, self.seconds + other.seconds)


def take_down(place: Place, times: Times) -> Ended:
    """End what runs in a home: the supervisor ends its processes; what a killed one left behind is ended here."""
    began = time.monotonic()
    record, kept = place.running(), leftovers.left_behind(place)
    if record is None:
        return Ended(len(kept), len(leftovers.end(kept, times.grace_s)), time.monotonic() - began)
    record.supervisor.signal(signal.SIGTERM)
    if record.supervisor.wait(_STAGES * times.grace_s + _MARGIN_S):
        return Ended(1 + len(kept), 0, time.monotonic() - began)
    killed = leftovers.end([record.supervisor, *leftovers.left_behind(place)], 0.0)
    return Ended(1 + len(kept), len(killed), time.monotonic() - began)
