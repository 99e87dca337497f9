"""The router of one service: HAProxy as a process that ends when its keeper does."""

import ctypes
import os
import shutil
import signal
import sys

from propcast.core.errors import NotReady

MODULE = __name__
_SYSTEM = "/usr/sbin"
_PARENT_DEATH_SIGNAL = 1


def executable() -> str:
    """Return where HAProxy is; `NotReady`, with what to do, where it is not."""
    found = shutil.which("haproxy", path=os.pathsep.join([os.environ.get("PATH", ""), _SYSTEM]))
    if found is None:
        raise NotReady("the local target needs HAProxy and there is none here; `apt-get install haproxy`")
    return found


def main() -> None:
    """Become HAProxy with the configuration that the command line names."""
    if sys.platform == "linux":  # the tether of our processes does not survive the change; this does
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGTERM)
    program = executable()
    os.execv(program, [program, "-f", sys.argv[1]])  # noqa: S606 - no shell, a path of ours


if __name__ == "__main__":
    main()
