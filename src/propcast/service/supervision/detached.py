"""The supervisor in the background: started by `propcast up --detach`, which leaves once everything is up."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from propcast.backends.settings import load_settings
from propcast.core.errors import PropCastError
from propcast.service.supervision import journal
from propcast.service.supervision.events import Event, Kind
from propcast.service.supervision.place import Place
from propcast.service.supervision.plant import undertaking
from propcast.service.supervision.running import run


class NotStarted(PropCastError):
    """The supervisor in the background ended before everything was up."""

    def __init__(self, sentence: str, exit_code: int = 1) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


def started(home: Path, base_port: int, only: Sequence[str], environ: Mapping[str, str]) -> Iterator[Event]:
    """Start a supervisor that outlives this process; return what happens until everything is up.

    Raises:
        NotStarted: it said why it cannot, or it broke.
    """
    reading, writing = os.pipe()
    command = [sys.executable, "-m", __name__, str(writing), str(base_port), *only]
    log = Place(home).logs / f"{journal.NAME}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - ourselves
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, pass_fds=(writing,),
            start_new_session=True, env={**environ, "PROPCAST_HOME": str(home)},
        )  # fmt: skip
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as lines:
        try:
            yield from _heard(lines)
        except KeyboardInterrupt:
            process.terminate()
            raise
    if process.poll() is not None:
        raise NotStarted(f"the supervisor ended with exit code {process.returncode}; {log} says why")


def _heard(lines: Iterator[str]) -> Iterator[Event]:
    for line in lines:
        told = json.loads(line)
        if "error" in told:
            raise NotStarted(told["error"], told["exit_code"])
        yield Event(**told | {"kind": Kind(told["kind"])})


class _Teller:
    """Writes events as lines until everything is up, then lets the reader go."""

    def __init__(self, descriptor: int) -> None:
        self._file = os.fdopen(descriptor, "w", encoding="utf-8", buffering=1)

    def tell(self, event: Event) -> None:
        if self._file.closed:
            return
        self._write(asdict(event))
        if event.kind in (Kind.ALL_STARTED, Kind.ALL_STOPPED):
            self._file.close()

    def refuse(self, error: PropCastError) -> None:
        self._write({"error": str(error), "exit_code": error.exit_code})

    def _write(self, told: dict[str, object]) -> None:
        self._file.write(json.dumps(told) + "\n")


def main() -> int:
    """Read `descriptor base_port names...` from the command line and supervise."""
    descriptor, base_port, *only = sys.argv[1:]
    os.set_inheritable(int(descriptor), False)
    teller = _Teller(int(descriptor))
    try:
        given_up = run(undertaking(load_settings(), int(base_port), os.environ, only), teller.tell)
    except PropCastError as error:
        teller.refuse(error)
        return error.exit_code
    return 1 if given_up else 0


if __name__ == "__main__":
    sys.exit(main())
