"""The child's end of what ties it to its parent: it ends when the parent is gone, and shows that it works.

The parent holds the writing end of a pipe and never writes. When the reading end reports that nobody can write any
more, this process asks itself to stop, as the parent would have, and after a grace kills itself.
"""

import os
import signal
import threading
import time
from dataclasses import dataclass, field


@dataclass
class _Parent:
    signs: int | None = field(default=None)


_parent = _Parent()


def tie(line: int, signs: int, grace_s: float) -> None:
    """Tie this process to its parent: `line` is read until the parent is gone, `signs` takes signs of life."""
    for descriptor in (line, signs):
        os.set_inheritable(descriptor, False)
    os.set_blocking(signs, False)
    _parent.signs = signs
    threading.Thread(target=_hold, args=(line, grace_s), name="tether", daemon=True).start()


def show_life() -> None:
    """Tell the parent that this process works; a process without a port does so again and again."""
    if _parent.signs is None:
        return
    try:
        os.write(_parent.signs, b".")
    except OSError:  # the parent is gone, or has not looked for very long
        return


def _hold(line: int, grace_s: float) -> None:
    while os.read(line, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(grace_s)
    os.kill(os.getpid(), signal.SIGKILL)
