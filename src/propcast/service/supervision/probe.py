"""Asks a process over HTTP with nothing but a socket; what it says in the body is for others."""

import asyncio

from propcast.service.catalogue import LOCAL_HOST


async def status_of(port: int, path: str, seconds: float) -> int | None:
    """Return the HTTP status of a path on this machine; None when no answer comes in time."""
    try:
        async with asyncio.timeout(seconds):
            return await _asked(port, path)
    except (OSError, TimeoutError, ValueError):  # ValueError: it speaks something else
        return None


async def _asked(port: int, path: str) -> int:
    reader, writer = await asyncio.open_connection(LOCAL_HOST, port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {LOCAL_HOST}:{port}\r\nConnection: close\r\n\r\n".encode())
        line = await reader.readline()
        protocol, status, *_ = line.decode("ascii", errors="replace").split(" ", 2)
        if not protocol.startswith("HTTP/"):
            raise ValueError(protocol)
        return int(status)
    finally:
        writer.close()
