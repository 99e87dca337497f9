"""The lives of the processes of a revision, from the agent's journal."""

import json
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from propcast.core.instants import instant_of
from propcast.service.supervision.logfile import KEPT, numbered

_BEGAN, _ENDED = "process_starting", "process_ended"
_KILLED = "ended by SIGKILL"


@dataclass(frozen=True)
class Turn:
    """A process began, or ended without being told to.

    Attributes:
        pid: the process that began; None for an end.
        killed: it was killed and nobody here did it. On one machine that cannot be told from the kernel's doing when
            memory runs out, so it counts as that.
    """

    at: datetime
    pid: int | None = None
    killed: bool = False


def turns(journal: Path, process: str) -> list[Turn]:
    """Return what became of a process, oldest first."""
    return [
        _turn(told) for told in _told(journal) if told.get("process") == process and told["event"] in (_BEGAN, _ENDED)
    ]


def instance_at(turns: Sequence[Turn], at: datetime) -> int | None:
    """Return the process that ran at a time, or was the last to; None before the first."""
    began = [turn for turn in turns if turn.pid is not None]
    place = bisect_right([turn.at for turn in began], at)
    return began[place - 1].pid if place else None


def is_alive(turns: Sequence[Turn]) -> bool:
    """Return whether the process runs now; one that is too busy to answer does."""
    return bool(turns) and turns[-1].pid is not None


def ends_since(turns: Sequence[Turn], since: datetime) -> list[Turn]:
    """Return the ends that nobody had asked for."""
    return [turn for turn in turns if turn.pid is None and turn.at >= since]


def _turn(told: dict[str, object]) -> Turn:
    at = instant_of(str(told["time"]))
    if told["event"] == _BEGAN:
        return Turn(at, int(str(told["pid"])))
    return Turn(at, killed=_KILLED in str(told.get("reason", "")))


def _told(journal: Path) -> Iterator[dict[str, object]]:
    for number in range(KEPT, -1, -1):
        path = numbered(journal, number)
        if not path.exists():
            continue
        with path.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if line.startswith('{"time"'):
                    yield json.loads(line)
