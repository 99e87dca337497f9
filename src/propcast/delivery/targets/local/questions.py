"""What is asked of the agent and what it says, as lines of JSON over a socket in the home."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from propcast.core.errors import PropCastError
from propcast.delivery.targets.port import TargetError, TargetRefused, TargetUnavailable, TrafficMoved

SOCKET = "agent.sock"
NAME = "rollout"
"""What the agent is called among the supervisors of a home."""
JOURNAL = "rollout-agent.log"
"""What it did and what became of its processes, in the logs of the home."""
_ERRORS = {kind.__name__: kind for kind in (TargetError, TargetRefused, TargetUnavailable, TrafficMoved)}


def folder_of(home: Path) -> Path:
    """Return the folder that the agent of a home runs in."""
    return home / "run" / NAME


def refusal(error: PropCastError) -> dict[str, str]:
    """Return an error as an answer."""
    kind = type(error).__name__
    return {"error": kind if kind in _ERRORS else TargetError.__name__, "said": str(error)}


def answer(line: bytes) -> Mapping[str, Any]:
    """Return what the agent says; what it refused is raised here."""
    if not line.endswith(b"\n"):
        raise TargetUnavailable("the agent of the local target ended while it was asked; ask again")
    told = parsed(line)
    if "error" in told:
        raise _ERRORS[told["error"]](told["said"])
    return told


def parsed(line: bytes) -> Mapping[str, Any]:
    """Return what was sent."""
    told: Mapping[str, Any] = json.loads(line)
    return told


def line_of(told: Mapping[str, Any]) -> bytes:
    """Return a question or an answer as it is sent."""
    return json.dumps(told).encode() + b"\n"


@contextmanager
def short(path: Path) -> Iterator[str]:
    """Give a name of the file that fits into the address of a socket, however deep the folder lies."""
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        through = Path(f"/proc/self/fd/{descriptor}")
        yield str(through / path.name) if through.exists() else str(path)
    finally:
        os.close(descriptor)
