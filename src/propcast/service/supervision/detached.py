"""The supervisor in the background: started by `propcast up --detach`, which leaves once everything is up."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from propcast.backends.settings import load_settings
from propcast.core.errors import PropCastError
from propcast.service.supervision import journal
from propcast.service.supervision.events import Event, Kind
from propcast.service.supervision.place import Place
from propcast.service.supervision.plant import undertaking
from propcast.service.supervision.running import run

_LAST = (Kind.ALL_STARTED, Kind.ALL_STOPPED)


class NotStarted(PropCastError):
    """The supervisor in the background ended before everything was up."""

    def __init__(self, sentence: str, exit_code: int = 1) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


def started(home: Path, only: Sequence[str], environ: Mapping[str, str]) -> Iterator[Event]:
    """Start a supervisor that outlives this process; yield what happens until everything is up.

    Raises:
        NotStarted: it said why it cannot, or it broke.
    """
    reading, writing = os.pipe()
    log = Place(home).logs / f"{journal.NAME}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-m", __name__, str(writing), *only],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, pass_fds=(writing,), start_new_session=True,
            env={**environ, "PROPCAST_HOME": str(home)},
        )  # fmt: skip
    os.close(writing)
    last = None
    with os.fdopen(reading, encoding="utf-8") as lines:
        try:
            for event in heard(lines):
                last = event.kind
                yield event
        except NotStarted:
            process.wait()
            raise
        except KeyboardInterrupt:
            process.terminate()
            raise
    if last is not Kind.ALL_STARTED:
        raise NotStarted(f"the supervisor ended with exit code {process.wait()} before all was up; {log} says why")


def heard(lines: Iterable[str]) -> Iterator[Event]:
    """Read what the supervisor tells; a refusal is raised here."""
    for line in lines:
        told = json.loads(line)
        if "error" in told:
            raise NotStarted(told["error"], told["exit_code"])
        yield Event(**told | {"kind": Kind(told["kind"])})


class _Teller:
    """Writes events as lines until everything is up, then lets the reader go."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    def tell(self, event: Event) -> None:
        self._write(asdict(event))
        if event.kind in _LAST and self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def refuse(self, error: PropCastError) -> None:
        self._write({"error": str(error), "exit_code": error.exit_code})

    def _write(self, told: dict[str, object]) -> None:
        if self._descriptor is not None:
            os.write(self._descriptor, json.dumps(told).encode() + b"\n")


def main() -> int:
    """Read `descriptor names...` from the command line and supervise the home of the environment."""
    descriptor, *only = sys.argv[1:]
    os.set_inheritable(int(descriptor), False)
    teller = _Teller(int(descriptor))
    try:
        given_up = run(undertaking(load_settings(), os.environ, only), teller.tell)
    except PropCastError as error:
        teller.refuse(error)
        return error.exit_code
    return 1 if given_up else 0


if __name__ == "__main__":
    sys.exit(main())
