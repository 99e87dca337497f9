"""Starts a process of ours that goes on when the one that started it has ended."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path


def start_outliving(module: str, words: Sequence[str], log: Path) -> None:
    """Run a module in a session of its own, in the environment of this process; what it prints is added to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    opened = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        *((os.POSIX_SPAWN_OPEN, number, str(log), append, 0o644) for number in (1, 2)),
    ]
    command = [sys.executable, "-m", module, *words]
    os.posix_spawn(sys.executable, command, dict(os.environ), file_actions=opened, setsid=True)
