"""Runs one service: proves its code, opens the port, and gives work back when it is told to stop."""

import gc

if __name__ == "__main__":
    gc.disable()  # code is no garbage: looking for some between imports is a seventh of a start

import argparse
import asyncio
import importlib
import logging
import signal
import socket
import sys
from collections.abc import Sequence
from typing import cast

import uvicorn
from fastapi import FastAPI

from propcast.service import catalogue
from propcast.service.identity import baked_service
from propcast.service.kit import Kit
from propcast.service.limits import Limits
from propcast.service.telemetry.logs import Log

_AFTER_GRACE_S = 2
_TURN_S = 0.001


class Server(uvicorn.Server):
    """A server that lets running requests finish, and answers 503 to those that cannot within the grace."""

    def __init__(self, app: FastAPI, host: str, port: int) -> None:
        self._kit = cast("Kit[object]", app.state.kit)
        super().__init__(_config(app, host, port, self._kit.conditions.limits))

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the port; once the environment is open too, what is loaded by then counts as there for good."""
        await super().startup(sockets)
        gc.freeze()
        gc.enable()
        take_short_turns()
        self._settling = asyncio.create_task(self._settle())

    async def _settle(self) -> None:
        await self._kit.until_open()
        settle_memory()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more work, wait for what runs, then close."""
        self._kit.drain.begin(self._kit.conditions.limits.grace_s)
        self._settling.cancel()
        await super().shutdown(sockets)


def _config(app: FastAPI, host: str, port: int, limits: Limits) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        proxy_headers=False,  # forwarding headers are read in one place, and only from known proxies
        server_header=False,
        access_log=False,
        log_config=None,
        ws="none",
        lifespan="on",
        timeout_graceful_shutdown=round(limits.grace_s) + _AFTER_GRACE_S,
    )


def take_short_turns() -> None:
    """Let a thread that computes hand over five times as often as usual: the loop waits for it with every answer."""
    sys.setswitchinterval(_TURN_S)


def settle_memory() -> None:
    """Spare the collector everything that stays: a full collection over modules and models halts the loop for long."""
    gc.collect()
    gc.freeze()


class _Forwarded(logging.Handler):
    """Hands what libraries say to our log."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        self._log.warning("library_said", reason=f"{record.name}: {record.getMessage()}", error=error)


def serve(name: str, host: str = catalogue.LOCAL_HOST, port: int | None = None) -> int:
    """Serve one of the six until SIGTERM or SIGINT; return 1, with one line on standard error, if it cannot start."""
    entry = catalogue.service(name)
    try:
        module, _, attribute = entry.app.partition(":")
        app: FastAPI = getattr(importlib.import_module(module), attribute)
    except Exception as error:  # noqa: BLE001 - the edge of the process: whatever keeps the code from being complete
        print(f"{entry.name} cannot start: {type(error).__name__}: {error}", file=sys.stderr)  # noqa: T201
        return 1
    server = Server(app, host, port or entry.port)
    logging.basicConfig(handlers=[_Forwarded(server._kit.log)], level=logging.WARNING, force=True)  # noqa: SLF001
    for number in (signal.SIGTERM, signal.SIGINT):  # the server raises them again once it has stopped; that is the end
        signal.signal(number, lambda *_: None)
    server.run()
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m propcast.service.serving", description=__doc__)
    mine = baked_service()
    names = [entry.name for entry in catalogue.SERVICES]
    parser.add_argument("service", choices=names, nargs="?" if mine else None, default=mine)
    parser.add_argument("--host", default=catalogue.LOCAL_HOST)
    parser.add_argument("--port", type=int)
    told = parser.parse_args(arguments)
    return serve(told.service, told.host, told.port)


if __name__ == "__main__":
    sys.exit(main())
