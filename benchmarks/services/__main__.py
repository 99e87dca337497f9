"""Takes every measurement of the services, on a simulated world of its own, and prints it beside its budget."""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.run import show
from benchmarks.services import asking, load, scale, slates, starts, together
from benchmarks.services.figures import Figure
from benchmarks.services.world import simulate

LOAD_S = 60.0

BUDGETS = starts.BUDGETS | together.BUDGETS | slates.BUDGETS | asking.BUDGETS | load.BUDGETS | scale.BUDGETS

NAMES = ("starts", "together", "slates", "asking", "load", "scale")


def measurements(folder: Path, home: Path, load_s: float) -> dict[str, Callable[[], list[Figure]]]:
    """Return what can be measured, in order."""
    return {
        "starts": lambda: starts.starts(home),
        "together": lambda: together.together(home, load_s),
        "slates": lambda: slates.slates(home),
        "asking": lambda: asking.asking(home),
        "load": lambda: load.load(home, load_s),
        "scale": lambda: scale.scale(folder),
    }


def main() -> None:
    """Simulate a world, then measure; everything is removed at the end."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.services", description=__doc__)
    parser.add_argument("--only", choices=NAMES, action="append", help="take only this measurement; repeatable")
    parser.add_argument("--home", type=Path, help="a simulated, trained home instead of a new one; it stays")
    parser.add_argument("--load-seconds", type=float, default=LOAD_S, help="how long the load lasts")
    parser.add_argument("--json", action="store_true", help="print JSON")
    told = parser.parse_args()
    names = told.only or NAMES
    found: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="propcast-services-") as folder:
        home = (told.home or Path(folder) / "home").absolute()
        if told.home is None and set(names) != {"scale"}:
            say("simulating and training")
            simulate(home)
        for name, measured in measurements(Path(folder), home, told.load_seconds).items():
            if name in names:
                say(name)
                found += taken(name, measured)
    show(found, as_json=told.json, budgets=BUDGETS)


def taken(name: str, measured: Callable[[], list[Figure]]) -> list[Figure]:
    """Take one measurement; one that fails is a figure without a value, and the others are taken all the same."""
    try:
        return measured()
    except (SystemExit, OSError, StopIteration) as error:
        return [{"name": name, "value": None, "unit": "", "note": str(error)[:300]}]


def say(text: str) -> None:
    """Tell whoever waits how far it is."""
    sys.stderr.write(f"· {time.strftime('%H:%M:%S')} {text}\n")


if __name__ == "__main__":
    main()
