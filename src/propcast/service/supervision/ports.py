"""Whether ports are free, before anything is started on them."""

import errno
import socket
import time
from collections.abc import Sequence

from propcast.core.errors import InputError
from propcast.service.catalogue import LOCAL_HOST
from propcast.service.supervision.program import Program

_HIGHEST = 65535
_PATIENCE_S, _LOOK_EVERY_S = 2.0, 0.05


class PortTaken(InputError):
    """Another program listens where a service should."""


def require_free(programs: Sequence[Program]) -> None:
    """Return when every port can be listened on; else `PortTaken`, which names each one that cannot.

    A port of a program that has just been ended is given a moment: the kernel frees it after the process is gone.
    """
    taken = _taken(programs)
    given_up_at = time.monotonic() + _PATIENCE_S
    while taken and time.monotonic() < given_up_at:
        time.sleep(_LOOK_EVERY_S)
        taken = _taken(taken)
    if taken:
        names = " and ".join(f"port {program.port} ({program.name})" for program in taken)
        verb = "is" if len(taken) == 1 else "are"
        raise PortTaken(
            f"{names} {verb} taken by another program; end it (`ss -ltnp 'sport = :{taken[0].port}'` says which it is) "
            "or take other ports, for example with PROPCAST_BASE_PORT=9080 in the environment"
        )


def _taken(programs: Sequence[Program]) -> list[Program]:
    return [program for program in programs if program.port and not _is_free(program.port)]


def _is_free(port: int) -> bool:
    if port > _HIGHEST:
        raise InputError(f"port {port} does not exist; choose a lower --base-port")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does it
        try:
            probe.bind((LOCAL_HOST, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True
