"""`propcast up`, with every process's own clock set wrong as `CHAOS_CLOCKS` says; it ends with whoever started it."""

import json
import os
import signal
import sys
import threading
from collections.abc import Mapping
from dataclasses import replace

from propcast.backends.settings import load_settings
from propcast.service.supervision.plant import undertaking
from propcast.service.supervision.program import Program
from propcast.service.supervision.running import run

CLOCKS = "CHAOS_CLOCKS"


def main() -> None:
    """Run everything until told to stop, or until standard input ends."""
    threading.Thread(target=_hold, daemon=True).start()
    clocks: Mapping[str, float] = json.loads(os.environ.pop(CLOCKS))
    wanted = undertaking(load_settings(), os.environ)
    stages = [[_set_wrong(program, clocks.get(program.name, 0.0)) for program in stage] for stage in wanted.stages]
    run(replace(wanted, stages=stages), tell=lambda _: None)


def _hold() -> None:
    while os.read(sys.stdin.fileno(), 1):  # past its buffer, whose lock would be held when the process ends
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _set_wrong(program: Program, offset_s: float) -> Program:
    return replace(program, environ={**program.environ, "PROPCAST_CLOCK_OFFSET_S": f"{offset_s:.3f}"})


if __name__ == "__main__":
    main()
