"""Counts what a slate costs in BigQuery, step by step, on the emulator; run as `python -m benchmarks.bigquery`.

A day of each hand-written league is played in process, with the warehouse in BigQuery and every other port on this
machine. Jobs are those that the service would run, whatever the number of players. Bytes of the emulator are no
evidence: each query is taken for the least that the service bills for its tables, which at the size of a real slate
(tables of some MB) is also about what it reads; a read of two whole seasons is more, and said by `estimate`.
"""

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table as Shown
from tests.emulators.bigquery import on_site, running_bigquery
from tests.pipeline.conftest import MLB_DAY, NBA_DAY, NOW, load, raw_frames

from propcast.backends.compose import Backends, compose
from propcast.backends.google.prices import PRICES
from propcast.backends.settings import Settings
from propcast.backends.warehouse.bigquery.usage import Usage
from propcast.backends.warehouse.bigquery.warehouse import BigQueryWarehouse
from propcast.core.clock import FixedClock
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.day import run_day

MOST_JOBS = 25
MOST_DOLLARS = 0.05


def main() -> None:
    """Play both days on the emulator and print jobs, bytes and price."""
    with tempfile.TemporaryDirectory(prefix="propcast-bigquery-") as folder:
        home = Path(folder)
        (home / "emulator").mkdir()
        with running_bigquery(home / "emulator") as emulator:
            settings, environ = on_site(Settings(home=home / "home", history=home / "none"), emulator.site())
            load(compose(settings, FixedClock(NOW), environ=environ), raw_frames())
            for sport, day in ((Sport.MLB, MLB_DAY), (Sport.NBA, NBA_DAY)):
                show(played(compose(settings, FixedClock(NOW), environ=environ), sport, day), sport, day)


def played(backends: Backends, sport: Sport, day: GameDay) -> Mapping[str, Usage]:
    """Play a day and return what each step used."""
    run_day(backends, sport, day)
    assert isinstance(backends.warehouse, BigQueryWarehouse)  # noqa: S101 - the settings say so
    return backends.warehouse.writer.service.meter.by_step


def show(usage: Mapping[str, Usage], sport: Sport, day: GameDay) -> None:
    """Print jobs and bytes by step, and the price of the slate."""
    shown = Shown(title=f"BigQuery, {sport} {day}", title_justify="left", box=None, header_style="bold")
    for heading in (
        "step",
        "jobs",
        "queries",
        "loads",
        "statements",
        "calls",
        "billed MiB",
        "$",
        f"≤ {MOST_JOBS} jobs",
    ):
        shown.add_column(heading, justify="left" if heading == "step" else "right")
    for step, used in sorted(usage.items()):
        dollars = PRICES.queries(used.billed_bytes)
        counts = (used.jobs, used.queries, used.loads, used.statements, used.calls, used.billed_bytes >> 20)
        within = "✓" if used.jobs <= MOST_JOBS else "over"
        shown.add_row("between steps" if step == "none" else step, *map(str, counts), f"{dollars:.4f}", within)
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(shown)
    total = sum(PRICES.queries(used.billed_bytes) for used in usage.values())
    within = "within" if total < MOST_DOLLARS else "over"
    console.print(
        f"The slate: ${total:.4f}, {within} ${MOST_DOLLARS:.2f}; "
        f"${PRICES.query_tib:.2f} a TiB, list price of {PRICES.read_on}, not read again here"
    )


if __name__ == "__main__":
    main()
