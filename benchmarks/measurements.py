"""The measurements; each prints a JSON list of figures on its last line."""

import atexit
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import TypeVar

from propcast.backends.compose import Backends, compose
from propcast.backends.settings import load_settings
from propcast.backends.warehouse.port import Stamp
from propcast.core.gameday import GameDay
from propcast.core.markets import market, markets_of
from propcast.core.sport import Sport
from propcast.pipeline.backfill import BackfillReport
from propcast.pipeline.span import Span

Figure = dict[str, object]
Result = TypeVar("Result")

DAY = GameDay.parse("2025-10-24")

WARM_FORECAST = "forecast and price one market, warm (450 × systems × 8 lines)"

BUDGETS: dict[str, float] = {
    "import of the whole history": 15,
    "backfill one NBA season": 2,
    "backfill nine NBA seasons": 10,
    "backfill nine NBA seasons, peak memory": 1.5,
    "day in process": 2,
    "day, whole command with start-up": 4,
    "warehouse round trips of the busiest step": 25,
    WARM_FORECAST: 100,
    "train points, six seasons": 60,
}


def figure(name: str, value: float, unit: str, note: str = "") -> Figure:
    """Return one figure."""
    return {"name": name, "value": value, "unit": unit, "note": note}


def backends() -> Backends:
    """Open the benchmark's home."""
    return compose(load_settings())


def copied_home() -> Backends:
    """Open a copy of the benchmark's home, beside it: what is built there is not there for the others."""
    home = load_settings().home
    copy = Path(tempfile.mkdtemp(prefix="copy-", dir=home.parent))
    atexit.register(shutil.rmtree, copy, ignore_errors=True)
    shutil.copytree(home, copy, dirs_exist_ok=True)
    return compose(load_settings(home=copy))


def seconds(work: Callable[[], Result]) -> tuple[float, Result]:
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
    from propcast.pipeline.progress import silent

    opened = backends()
    first, report = seconds(lambda: import_history(opened.warehouse, opened.settings.history, opened.clock, silent))
    second, _ = seconds(lambda: import_history(opened.warehouse, opened.settings.history, opened.clock, silent))
    rows = sum(file.rows_in for file in report.files)
    return [
        figure("import of the whole history", first, "s", f"{rows:,} rows"),
        figure("second import (writes nothing)", second, "s"),
    ]


BUDGETED = ("nba/analytics", "nba/lines", "nba/precompute")
"""Steps of a backfill that the design's budget is about; training rows and profiles come on top."""


def backfill_season() -> list[Figure]:
    """Backfill the 2024-25 season, points only, then all markets: as the next season of a home, and on raw alone."""
    from propcast.pipeline.backfill import backfill, ensure_analytics, looked_at
    from propcast.pipeline.sports import plan_of

    span, plan = Span(Sport.NBA, GameDay.parse("2024-08-01"), GameDay.parse("2025-07-31")), plan_of(Sport.NBA)
    opened = copied_home()
    ensure_analytics(opened, plan, looked_at(plan, span.seasons)[:-1])
    whole, report = seconds(lambda: backfill(opened, span, markets=[market("points")]))
    rest, _ = seconds(lambda: backfill(opened, span))
    new = copied_home()
    from_raw, bare = seconds(lambda: backfill(new, span, markets=[market("points")]))
    return [
        figure("backfill one NBA season", budgeted(whole, report), "s", "2024-25, points: analytics, lines, features"),
        figure("… with training rows and profiles", whole, "s"),
        figure("… the other four markets on top", rest, "s"),
        figure(
            *("backfill one NBA season, nothing built before", budgeted(from_raw, bare), "s"),
            note="analytics of four seasons; warm",
        ),
    ]


def budgeted(whole: float, report: BackfillReport) -> float:
    """Return the seconds of a backfill without the steps that are not budgeted: also what it did beside its steps."""
    return whole - sum(built.seconds for built in report.built if built.step not in BUDGETED)


def backfill_nine() -> list[Figure]:
    """Backfill all nine seasons from raw, points."""
    from propcast.pipeline.backfill import backfill

    opened = copied_home()
    span = Span(Sport.NBA, GameDay.parse("2017-08-01"), GameDay.parse("2025-11-05"))
    whole, report = seconds(lambda: backfill(opened, span, markets=[market("points")]))
    return [
        figure("backfill nine NBA seasons", budgeted(whole, report), "s", "points: analytics, lines, features"),
        figure("… nine with training rows and profiles", whole, "s"),
        figure("backfill nine NBA seasons, peak memory", peak_gib(), "GiB"),
    ]


def train() -> list[Figure]:
    """Train points on six seasons."""
    from propcast.pipeline.training import train_market

    opened = backends()
    taken, report = seconds(lambda: train_market(opened, Sport.NBA, market("points"), GameDay.parse("2023-10-01")))
    return [figure("train points, six seasons", taken, "s", f"{report.n_rows:,} rows")]


def day() -> list[Figure]:
    """Run one NBA day, new to its home, on standing history: as a command of its own, then in a process that is up."""
    from propcast.pipeline.backfill import ensure_analytics, ensure_history, looked_at
    from propcast.pipeline.day import run_day
    from propcast.pipeline.models import models_for
    from propcast.pipeline.sports import plan_of

    opened, plan, markets = backends(), plan_of(Sport.NBA), markets_of(Sport.NBA)
    ensure_analytics(opened, plan, looked_at(plan, (DAY.season(Sport.NBA),)))
    ensure_history(opened, plan, DAY, markets)
    elsewhere = copied_home().settings.home
    whole, _ = seconds(lambda: as_command(elsewhere))
    models_for(opened, markets, DAY)  # a process that is up has imported the library of its models
    first, report = seconds(lambda: run_day(opened, Sport.NBA, DAY))
    again, _ = seconds(lambda: run_day(opened, Sport.NBA, DAY))
    people = report.predictions.select("event_id", "participant_id").n_unique()
    size = f"{DAY}: {people} participants, 5 markets, {report.predictions.height:,} rows"
    trips = [built.result.round_trips for built in report.built]
    return [
        figure("day in process", first, "s", size),
        figure("day in process, again (writes nothing)", again, "s"),
        figure("day, whole command with start-up", whole, "s", "new to its home"),
        figure("warehouse round trips of the busiest step", max(trips), "trips", f"{sum(trips)} in the whole day"),
    ]


def as_command(home: Path) -> None:
    """Run the day as a user does."""
    command = [str(Path(sys.executable).parent / "propcast"), "--home", str(home)]
    command += ["day", "--sport", "nba", "--date", str(DAY), "--json"]
    subprocess.run(command, check=True, capture_output=True)


def forecast() -> list[Figure]:
    """Forecast and price one market of the day again and again in a warm process."""
    from propcast.forecast.pricing import BatchIdentity
    from propcast.pipeline.models import models_for
    from propcast.pipeline.slate import forecast_markets, forecast_step, read_slate
    from propcast.pipeline.sports import plan_of
    from propcast.pipeline.steps import StepStore

    opened, plan, points = backends(), plan_of(Sport.NBA), market("points")
    store = StepStore(opened.warehouse, forecast_step(plan), Stamp("bench", opened.clock.now()))
    slate, models = read_slate(store, plan, DAY, [points]), models_for(opened, [points], DAY)
    batch = BatchIdentity("bench", "bench")
    times = [seconds(lambda: forecast_markets(slate, [points], models, batch))[0] for _ in range(9)]
    rows = forecast_markets(slate, [points], models, batch)
    size = f"{slate.contexts.height} participants, {rows['system'].n_unique()} systems, {rows.height:,} rows"
    return [figure(WARM_FORECAST, 1000 * median(times[1:]), "ms", f"points of {DAY}: {size}")]


MEASUREMENTS: dict[str, Callable[[], list[Figure]]] = {
    "import": import_all,
    "backfill_season": backfill_season,
    "backfill_nine": backfill_nine,
    "train": train,
    "day": day,
    "forecast": forecast,
}
"""In this order; the backfills work on copies of the imported home."""


if __name__ == "__main__":
    sys.stdout.write(json.dumps(MEASUREMENTS[sys.argv[1]]()) + "\n")
