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
from propcast.service.supervision.times import Times

CLOCKS, PATIENCE = "CHAOS_CLOCKS", "CHAOS_PATIENCE"
"""How wrong each clock is; after how many looks a silent process is started anew, where not after the usual ones."""


def main() -> None:
    """Run everything until told to stop, or until standard input ends."""
    threading.Thread(target=_hold, daemon=True).start()
    clocks: Mapping[str, float] = json.loads(os.environ.pop(CLOCKS))
    misses = int(os.environ.pop(PATIENCE, Times.misses))
    wanted = undertaking(load_settings(), os.environ)
    stages = [[_set_wrong(program, clocks.get(program.name, 0.0)) for program in stage] for stage in wanted.stages]
    run(replace(wanted, stages=stages, times=replace(wanted.times, misses=misses)), tell=lambda _: None)


def _hold() -> None:
    while os.read(sys.stdin.fileno(), 1):  # past its buffer, whose lock would be held when the process ends
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _set_wrong(program: Program, offset_s: float) -> Program:
    return replace(program, environ={**program.environ, "PROPCAST_CLOCK_OFFSET_S": f"{offset_s:.3f}"})


if __name__ == "__main__":
    main()
