"""Ports of this machine that nobody listens on."""

import contextlib
import socket

from propcast.service.catalogue import LOCAL_HOST


def free_ports(count: int) -> list[int]:
    """Return so many different ones; whoever wants them takes them soon."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((LOCAL_HOST, 0))
        return [int(each.getsockname()[1]) for each in sockets]
