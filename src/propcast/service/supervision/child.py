"""One running process, seen from its parent."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable
from typing import Self

from propcast.service.supervision.logfile import LogFile
from propcast.service.supervision.program import Program

_RUNNER = "propcast.service.supervision.tethered"
_LAST_OUTPUT_S = 1.0


class Leash:
    """The pipe that every child reads and nobody writes: it breaks when this process is gone."""

    def __init__(self) -> None:
        self.line, self._held = os.pipe()

    def close(self) -> None:
        """Let go; children that still run end by themselves."""
        os.close(self.line)
        os.close(self._held)


class Child:
    """A process with its output in a log file; `start` makes one."""

    def __init__(self, program: Program, process: asyncio.subprocess.Process) -> None:
        self.program = program
        self.pid = process.pid
        self.sign = asyncio.Event()
        self._process = process
        self._pipes: list[asyncio.BaseTransport] = []
        self._output_ended = asyncio.Event()

    @classmethod
    async def start(cls, program: Program, leash: Leash, log: LogFile, grace_s: float) -> Self:
        """Start a process in a session of its own: a key pressed in this terminal does not reach it.

        `OSError` when the machine cannot start one.
        """
        (output, its_output), (signs, its_signs) = os.pipe(), os.pipe()
        tied = [str(leash.line), str(its_signs), str(grace_s)]
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", _RUNNER, *tied, program.module, *program.arguments,
                stdin=asyncio.subprocess.DEVNULL, stdout=its_output, stderr=its_output, env=dict(program.environ),
                pass_fds=(leash.line, its_signs), start_new_session=True,
            )  # fmt: skip
        except BaseException:
            os.close(output)
            os.close(signs)
            raise
        finally:
            os.close(its_output)
            os.close(its_signs)
        child = cls(program, process)
        await child._read(output, log.write, child._output_ended.set)
        await child._read(signs, lambda _: child.sign.set(), lambda: None)
        return child

    async def wait(self) -> int:
        """Return the exit code, negative for a signal, once the process has ended and its output is in the log."""
        code = await self._process.wait()
        with contextlib.suppress(TimeoutError):  # somebody it started may hold the pipe open
            await asyncio.wait_for(self._output_ended.wait(), _LAST_OUTPUT_S)
        for pipe in self._pipes:
            pipe.close()
        return code

    async def end(self, grace_s: float, hurry: asyncio.Event) -> int:
        """Ask it to stop; kill it when the grace is over or there is a hurry. Returns the exit code."""
        self._send(signal.SIGTERM)
        ended, hurried = asyncio.create_task(self.wait()), asyncio.create_task(hurry.wait())
        await asyncio.wait([ended, hurried], timeout=grace_s, return_when=asyncio.FIRST_COMPLETED)
        hurried.cancel()
        if not ended.done():
            self._send(signal.SIGKILL)
        return await ended

    def _send(self, number: signal.Signals) -> None:
        if self._process.returncode is None:
            self._process.send_signal(number)

    async def _read(self, descriptor: int, take: Callable[[bytes], None], at_end: Callable[[], None]) -> None:
        pipe = os.fdopen(descriptor, "rb", buffering=0)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: _Reading(take, at_end), pipe)
        self._pipes.append(transport)


class _Reading(asyncio.Protocol):
    def __init__(self, take: Callable[[bytes], None], at_end: Callable[[], None]) -> None:
        self._take, self._at_end = take, at_end

    def data_received(self, data: bytes) -> None:
        self._take(data)

    def connection_lost(self, _: Exception | None) -> None:
        self._at_end()
