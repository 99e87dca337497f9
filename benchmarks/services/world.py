"""The simulated world that the services are measured on: made once, copied for each measurement that writes."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from propcast.core.gameday import GameDay

DAY = GameDay.parse("2026-04-11")
"""A full basketball day of the simulated league; baseball plays too."""

PROPCAST = (sys.executable, "-m", "propcast.cli.main")
HELD_BACK = ("PYTHONDONTWRITEBYTECODE", "PROPCAST_HOME")


def environ() -> dict[str, str]:
    """Return the environment of a user: compiled files are kept, and the home is named on the command line."""
    return {name: value for name, value in os.environ.items() if name not in HELD_BACK}


def propcast(home: Path, *arguments: str) -> str:
    """Run a command in a home and return what it printed; the measurement ends where it fails."""
    done = subprocess.run(
        [*PROPCAST, "--home", str(home), *arguments], check=False, capture_output=True, text=True, env=environ()
    )
    if done.returncode != 0:
        raise SystemExit(f"✗ propcast {' '.join(arguments)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def simulate(home: Path) -> None:
    """Simulate two seasons of both leagues and train one market of each, as the demo does."""
    yesterday = str(DAY.plus(-1))
    propcast(home, "simulate", "--sport", "both", "--seasons", "2", "--until", str(DAY), "--clock")
    propcast(home, "train", "--sport", "nba", "--market", "points", "--until", yesterday)
    propcast(home, "train", "--sport", "mlb", "--market", "pitcher_strikeouts", "--until", yesterday)


def simulate_wide(home: Path, leagues: int, days: int) -> None:
    """Simulate a few days of many basketball leagues side by side."""
    span = ("--seasons", "1", "--days", str(days), "--quoted-days", str(days))
    propcast(home, "simulate", "--sport", "nba", "--scale", str(leagues), *span, "--until", str(DAY), "--clock")


@contextmanager
def copy_of(home: Path) -> Iterator[Path]:
    """Lend a copy of a home, beside it, until the block ends."""
    with tempfile.TemporaryDirectory(prefix=f"{home.name}-", dir=home.parent) as folder:
        copy = Path(folder) / "home"
        shutil.copytree(home, copy, ignore=shutil.ignore_patterns("*.bell"))  # a pipe is no file
        yield copy
