"""A slate of many leagues side by side in one process: time and memory against the number of participants.

python -m benchmarks.services.scale prepare|day|warm     with PROPCAST_HOME; prints one JSON document
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl

from benchmarks.services.figures import Figure, figure
from benchmarks.services.world import DAY, environ, simulate_wide
from propcast.backends.compose import Backends, compose
from propcast.backends.settings import load_settings
from propcast.backends.warehouse.port import Stamp
from propcast.core.markets import market, markets_of
from propcast.core.sport import Sport

SIZES = (1, 10, 100)
DAYS = 3
PEOPLE, LINES, REPEATS = 450, 8, 15

LONGER = "time of a 100× slate against 100 times the 1× slate"
MEMORY = "100× slate, peak memory"
WARM = f"warm worker: one market, {PEOPLE} participants × systems × {LINES} lines"

BUDGETS: dict[str, float] = {LONGER: 1.0, MEMORY: 2048, WARM: 100}


def scale(folder: Path) -> list[Figure]:
    """Forecast and publish a day of 1, 10 and 100 leagues, each in a process of its own; its history stands."""
    found, seconds = list[Figure](), dict[int, float]()
    for size in SIZES:
        with tempfile.TemporaryDirectory(prefix=f"x{size}-", dir=folder) as home:
            simulate_wide(Path(home), size, DAYS)
            told = apart("prepare", Path(home))
            day = apart("day", Path(home))
            if size == SIZES[1]:
                found.append(_warm(apart("warm", Path(home))))
        seconds[size] = float(day["seconds"])
        size_of_it = f"{day['participants']:,.0f} participants, {day['rows']:,.0f} rows"
        note = f"{size_of_it}; processor {day['cpu']:.1f} s with start-up; peak {day['peak_mb']:,.0f} MB"
        found.append(figure(f"{size}× slate, features to published", seconds[size], "s", note))
    ratio = seconds[SIZES[-1]] / (seconds[SIZES[0]] * SIZES[-1])
    built = f"building the history of the 100× one: {told['peak_mb']:,.0f} MB"
    return [*found, figure(LONGER, ratio, "", "1 is linear"), figure(MEMORY, day["peak_mb"], "MB", built)]


def apart(part: str, home: Path) -> dict[str, float]:
    """Take a part in a process of its own, so that its memory is its own."""
    command = [sys.executable, "-m", "benchmarks.services.scale", part]
    around = {**environ(), "PROPCAST_HOME": str(home)}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=around)
    if done.returncode != 0:
        raise SystemExit(f"✗ {part}: {done.stderr.strip()[-500:]}")
    measured: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return measured


def _warm(told: dict[str, float]) -> Figure:
    note = f"best of {REPEATS}; median {told['median']:.0f}; {told['rows']:,.0f} rows"
    return figure(WARM, told["best"], "ms", note)


def prepare(opened: Backends) -> dict[str, float]:
    """Build what earlier days of the measured one need."""
    from propcast.pipeline.backfill import ensure_analytics, ensure_history, looked_at
    from propcast.pipeline.sports import plan_of

    plan = plan_of(Sport.NBA)
    ensure_analytics(opened, plan, looked_at(plan, (DAY.season(Sport.NBA),)))
    ensure_history(opened, plan, DAY, markets_of(Sport.NBA))
    return {}


def day(opened: Backends) -> dict[str, float]:
    """Build, forecast and publish the day."""
    from propcast.pipeline.day import run_day

    began = time.perf_counter()
    report = run_day(opened, Sport.NBA, DAY)
    taken = time.perf_counter() - began
    people = report.predictions.select("event_id", "participant_id").n_unique()
    return {"seconds": taken, "participants": people, "rows": report.predictions.height}


def warm(opened: Backends) -> dict[str, float]:
    """Forecast and price one market again and again, as a worker does once it has the inputs of a batch."""
    from propcast.forecast.pricing import BatchIdentity
    from propcast.pipeline.batch.forecasting import forecast_people
    from propcast.pipeline.batch.inputs import PERSON, of_people
    from propcast.pipeline.models import models_for
    from propcast.pipeline.slate import Slate, forecast_step, read_slate
    from propcast.pipeline.sports import plan_of
    from propcast.pipeline.steps import StepStore

    plan, points = plan_of(Sport.NBA), market("points")
    store = StepStore(opened.warehouse, forecast_step(plan), Stamp("bench", opened.clock.now()))
    slate = read_slate(store, plan, DAY, [points])
    people = slate.contexts.select(*PERSON).unique().sort(PERSON).head(PEOPLE)
    some = of_people(slate, people)
    frames = {name: getattr(some, name) for name in ("contexts", "features", "consensus", "states", "pool")}
    wanted = Slate(some.events, lines=at_lines(people, slate.lines), **frames)
    models = models_for(opened, [points], DAY)
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        rows = forecast_people(wanted, [points], models, BatchIdentity("bench", "bench"))
        times.append(1000 * (time.perf_counter() - began))
    return {"best": min(times), "median": sorted(times)[REPEATS // 2], "rows": rows.height}


def at_lines(people: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Return eight lines of everybody, priced as the first quoted one is."""
    pattern = lines.head(1).drop("event_id", "participant_id", "market", "line")
    each = pl.DataFrame({"line": [4.5 + 3 * n for n in range(LINES)]}, schema={"line": lines.schema["line"]})
    asked = people.join(each, how="cross").with_columns(market=pl.lit("points"))
    return asked.join(pattern, how="cross").select(lines.columns).cast(lines.schema)


PARTS: dict[str, Callable[[Backends], dict[str, float]]] = {"prepare": prepare, "day": day, "warm": warm}


if __name__ == "__main__":
    measured = PARTS[sys.argv[1]](compose(load_settings()))
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = {"peak_mb": used.ru_maxrss / 1024, "cpu": used.ru_utime + used.ru_stime}
    sys.stdout.write(json.dumps(measured | spent) + "\n")
