"""The measurements; each prints a JSON list of figures on its last line."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from propcast.backends.compose import Backends, compose
from propcast.backends.settings import load_settings
from propcast.core.gameday import GameDay
from propcast.core.markets import market
from propcast.core.sport import Sport
from propcast.pipeline.span import Span

Figure = dict[str, object]

DAY = GameDay.parse("2025-10-24")

BUDGETS: dict[str, float] = {
    "import of the whole history": 15,
    "backfill one NBA season": 2,
    "backfill nine NBA seasons": 10,
    "backfill nine NBA seasons, peak memory": 1.5,
    "day in process": 2,
    "day, whole command with start-up": 4,
    "warehouse round trips of the busiest step": 25,
    "forecast 450 participants × all systems × 8 lines, warm": 100,
    "train points, six seasons": 60,
}


def figure(name: str, value: float, unit: str, note: str = "") -> Figure:
    """Return one figure."""
    return {"name": name, "value": value, "unit": unit, "note": note}


def backends() -> Backends:
    """Open the benchmark's home."""
    return compose(load_settings())


def seconds(work: Callable[[], object]) -> tuple[float, object]:
    """Return how long the work took, and its result."""
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def peak_gib() -> float:
    """Return the peak resident memory of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def import_all() -> list[Figure]:
    """Import every file, then again."""
    from propcast.pipeline.importing import import_history

    opened = backends()
    first, report = seconds(lambda: import_history(opened.warehouse, opened.settings.history, opened.clock))
    second, _ = seconds(lambda: import_history(opened.warehouse, opened.settings.history, opened.clock))
    rows = sum(file.rows_in for file in report.files)  # type: ignore[attr-defined]
    return [
        figure("import of the whole history", first, "s", f"{rows:,} rows"),
        figure("second import (writes nothing)", second, "s"),
    ]


def backfill_season() -> list[Figure]:
    """Backfill the 2024-25 season from raw, points only, then all markets."""
    from propcast.pipeline.backfill import backfill

    opened = backends()
    span = Span(Sport.NBA, GameDay.parse("2024-08-01"), GameDay.parse("2025-07-31"))
    taken, _ = seconds(lambda: backfill(opened, span, markets=[market("points")]))
    rest, _ = seconds(lambda: backfill(opened, span))
    return [
        figure("backfill one NBA season", taken, "s", "2024-25, points; analytics of its three seasons included"),
        figure("backfill one NBA season, all five markets", rest, "s", "analytics standing"),
    ]


def backfill_nine() -> list[Figure]:
    """Backfill all nine seasons from raw, points, in a fresh home on the same raw tables."""
    from propcast.pipeline.backfill import backfill

    opened = backends()
    span = Span(Sport.NBA, GameDay.parse("2017-08-01"), GameDay.parse("2025-11-05"))
    taken, _ = seconds(lambda: backfill(opened, span, markets=[market("points")]))
    return [
        figure("backfill nine NBA seasons", taken, "s", "points"),
        figure("backfill nine NBA seasons, peak memory", peak_gib(), "GiB"),
    ]


def train() -> list[Figure]:
    """Train points on six seasons."""
    from propcast.pipeline.training import train_market

    opened = backends()
    taken, report = seconds(lambda: train_market(opened, Sport.NBA, market("points"), GameDay.parse("2023-10-01")))
    return [figure("train points, six seasons", taken, "s", f"{report.n_rows:,} rows")]  # type: ignore[attr-defined]


def day() -> list[Figure]:
    """Run one NBA day twice in process (the second on standing history), then as a command."""
    from propcast.pipeline.day import run_day

    opened = backends()
    run_day(opened, Sport.NBA, DAY)
    taken, report = seconds(lambda: run_day(opened, Sport.NBA, DAY))
    trips = report.steps()["trips"].max()  # type: ignore[attr-defined]
    n = report.predictions.height  # type: ignore[attr-defined]
    command = [str(Path(sys.executable).parent / "propcast"), "day", "--sport", "nba", "--date", str(DAY), "--json"]
    whole, _ = seconds(lambda: subprocess.run(command, check=True, capture_output=True))
    return [
        figure("day in process", taken, "s", f"{DAY}: {n:,} predictions"),
        figure("day, whole command with start-up", whole, "s"),
        figure("warehouse round trips of the busiest step", trips, "trips", "the same for any number of players"),
    ]


MEASUREMENTS: dict[str, Callable[[], list[Figure]]] = {
    "import": import_all,
    "backfill_season": backfill_season,
    "train": train,
    "day": day,
    "backfill_nine": backfill_nine,
}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(MEASUREMENTS[sys.argv[1]]()) + "\n")
