"""Writes a simulated league into the raw tables, as an import would, and its truth apart from them."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import polars as pl

from propcast.backends.compose import Backends
from propcast.backends.warehouse.port import Condition, In, Stamp, Warehouse
from propcast.core.errors import InputError
from propcast.core.gameday import GameDay, previous_season
from propcast.core.identity import short_hash
from propcast.core.provenance import SIMULATED
from propcast.core.sport import Sport
from propcast.pipeline.progress import Advance, silent
from propcast.pipeline.provenance import require_simulated
from propcast.sources.simulated.feed import Feed, Window
from propcast.sources.simulated.league import League
from propcast.sources.simulated.seasons import season_feed
from propcast.tables.contract import split
from propcast.tables.raw import RAW_QUOTES
from propcast.tables.reference import REF_SIMULATIONS
from propcast.tables.schema import Rule, Table
from propcast.tables.truth import TRUTH

DAY_ENDS_AT = 5
"""Hour UTC of the day after at which a game day's quotes are complete and its results are not known yet."""

LEAGUES_AT_ONCE = 20
"""Copies of a league that are made and written together: fewer commits, and memory stays bounded."""


@dataclass(frozen=True)
class Simulation:
    """What to simulate.

    Attributes:
        until: the day that is today: its quotes are known, its results are not.
        seasons: how many seasons of each sport, the one that `until` lies in included.
        seed: which world; one home holds one.
        scale: how many leagues play side by side: 1 gives slates of real size.
        quoted_days: game days up to `until` that have quotes.
        days: tell only this many days up to `until`, or None for whole seasons.
    """

    until: GameDay
    sports: tuple[Sport, ...] = tuple(Sport)
    seasons: int = 2
    seed: int = 1
    scale: int = 1
    quoted_days: int = 30
    days: int | None = None

    def __post_init__(self) -> None:
        for name in ("seasons", "scale", "quoted_days", "days"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InputError(f"{name} must be at least 1, not {value}")

    def window(self, known_by: datetime | None = None) -> Window:
        """Return the part of the world that is known at an instant; by default at the end of `until`."""
        day = self.until.date
        since = None if self.days is None else day - timedelta(days=self.days - 1)
        quoted_from = day - timedelta(days=min(self.quoted_days, self.days or self.quoted_days) - 1)
        return Window(known_by or self.until.plus(1).at_utc(DAY_ENDS_AT), quoted_from, day, since)

    def seasons_of(self, sport: Sport) -> list[str]:
        """Return the seasons to simulate, oldest first."""
        last = self.until.season(sport)
        return [previous_season(last, back) for back in range(self.seasons - 1, -1, -1)]


@dataclass(frozen=True)
class Told:
    """One table's rows of one season: how many there are, and how many of them were new."""

    sport: Sport
    season: str
    table: str
    rows: int
    written: int


@dataclass(frozen=True)
class SimulationReport:
    """What a simulation wrote.

    Attributes:
        told: per season and table.
        refused: quotes in play, held back as the contract demands.
    """

    simulation: Simulation
    told: tuple[Told, ...]
    refused: int
    seconds: float
    label: str = field(default=SIMULATED)

    @property
    def written(self) -> int:
        """Rows that were new."""
        return sum(one.written for one in self.told)

    def table(self) -> pl.DataFrame:
        """Return one row per sport and table: rows told and rows that were new."""
        rows = [(one.sport.value, one.table, one.rows, one.written) for one in self.told]
        schema = {"sport": pl.String, "table": pl.String, "rows": pl.Int64, "written": pl.Int64}
        frame = pl.DataFrame(rows, schema=schema, orient="row")
        return frame.group_by("sport", "table", maintain_order=True).agg(pl.col("rows", "written").sum())


def simulate(
    backends: Backends, simulation: Simulation, advance: Advance = silent, known_by: datetime | None = None
) -> SimulationReport:
    """Write the simulated leagues as they are known at the end of `until` (or at an instant); again writes nothing.

    A later `until` adds rows and changes none.

    Raises:
        InputError: the home holds observed rows, or a simulation with another seed.
    """
    started, now = time.perf_counter(), backends.clock.now()
    stamp = Stamp(f"simulate-{short_hash(simulation, now, length=12)}", now, short_hash(simulation))
    require_simulated(backends.warehouse, simulation.seed)
    _claim(backends.warehouse, simulation, stamp)
    window = simulation.window(known_by)
    batches = [
        (sport, season, leagues)
        for sport in simulation.sports
        for season in simulation.seasons_of(sport)
        for leagues in _batches(sport, simulation)
    ]
    told: list[Told] = []
    refused = 0
    for done, (sport, season, leagues) in enumerate(batches):
        advance(f"{sport} {season}", done, len(batches))
        feed = season_feed(leagues, season, window)
        told += [Told(sport, season, *counts) for counts in _write(backends.warehouse, feed, stamp)]
        refused += _refuse(backends.warehouse, feed, stamp)
    advance("done", len(batches), len(batches))
    return SimulationReport(simulation, tuple(told), refused, time.perf_counter() - started)


def _batches(sport: Sport, simulation: Simulation) -> list[list[League]]:
    leagues = [League(sport, simulation.seed, copy) for copy in range(simulation.scale)]
    return [leagues[start : start + LEAGUES_AT_ONCE] for start in range(0, len(leagues), LEAGUES_AT_ONCE)]


def _claim(warehouse: Warehouse, simulation: Simulation, stamp: Stamp) -> None:
    """Mark the home as simulated before the first row."""
    rows = pl.DataFrame({"sport": [sport.value for sport in simulation.sports]}).with_columns(
        source=pl.lit(SIMULATED),
        seed=pl.lit(simulation.seed),
        title=pl.format("SIMULATED {}: fictional people and games", pl.col("sport").str.to_uppercase()),
        observed_at=pl.lit(stamp.built_at),
    )
    warehouse.write(REF_SIMULATIONS, REF_SIMULATIONS.conform(rows), stamp)


def _write(warehouse: Warehouse, feed: Feed, stamp: Stamp) -> list[tuple[str, int, int]]:
    """Write the rows; return per table its name, rows and new rows."""
    counts = []
    for table, frame in (*feed.told, (TRUTH, feed.truth)):
        if not frame.is_empty():
            written = warehouse.write(table, frame, stamp, scope=_scope(table, frame)).written
            counts.append((table.name, frame.height, written))
    return counts


def _scope(table: Table, frame: pl.DataFrame) -> Sequence[Condition]:
    """Tables that are written by slices are written game by game."""
    return [In("event_id", tuple(frame["event_id"].unique().to_list()))] if table.rule is Rule.SET else []


def _refuse(warehouse: Warehouse, feed: Feed, stamp: Stamp) -> int:
    bad = split(RAW_QUOTES, feed.in_play).bad
    warehouse.quarantine(RAW_QUOTES, bad, stamp, origin=SIMULATED)
    return bad.height
