"""A supervisor of toys in a process of its own, as `propcast up` runs it; prints its events as lines."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from propcast.core.errors import PropCastError
from propcast.service.supervision.events import Kind
from propcast.service.supervision.place import Place
from propcast.service.supervision.processes import ProcessId, process_id
from propcast.service.supervision.program import Program
from propcast.service.supervision.running import Undertaking, run
from tests.service.supervision.stand import QUICK, ROOT


@dataclass
class Session:
    """A running supervisor, seen from outside."""

    place: Place
    process: "subprocess.Popen[str]"
    told: list[dict[str, Any]] = field(default_factory=list)

    def until(self, kind: Kind, process: str = "") -> dict[str, Any]:
        """Read events up to that one."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.told.append(json.loads(line))
            if (self.told[-1]["kind"], self.told[-1]["process"]) == (kind, process):
                return self.told[-1]
        raise AssertionError(f"the session ended before {kind} {process}; it told {self.told}")

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self) -> int:
        """Read to the end and return the exit code."""
        assert self.process.stdout is not None
        self.told += [json.loads(line) for line in self.process.stdout]
        return self.process.wait(10)

    def children(self) -> list[ProcessId]:
        """The processes that started and still run."""
        pids = {told["pid"] for told in self.told if told["kind"] == Kind.STARTING}
        return [found for pid in pids if (found := process_id(pid))]


@contextmanager
def session(home: Path, stages: Sequence[Sequence[Program]], grace_s: float = QUICK.grace_s) -> Iterator[Session]:
    """Run a supervisor until the block ends."""
    plain = json.dumps([[asdict(program) for program in stage] for stage in stages])
    command = [sys.executable, "-m", "tests.service.supervision.session", str(home), plain, str(grace_s)]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) as process:  # noqa: S603 - ourselves
        opened = Session(Place(home), process)
        try:
            yield opened
        finally:
            process.terminate()
            opened.end()


def main() -> int:
    """Read `home stages grace` from the command line and supervise."""
    home, plain, grace_s = sys.argv[1:]
    stages = [
        [Program(**told | {"arguments": tuple(told["arguments"])}) for told in stage] for stage in json.loads(plain)
    ]
    times = replace(QUICK, grace_s=float(grace_s))
    try:
        given_up = run(Undertaking(Place(Path(home)), stages, times=times), tell=lambda event: say(asdict(event)))
    except PropCastError as error:
        say({"kind": "refused", "process": "", "note": str(error), "pid": None})
        return error.exit_code
    return 1 if given_up else 0


def say(told: dict[str, Any]) -> None:
    """Print one line."""
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
