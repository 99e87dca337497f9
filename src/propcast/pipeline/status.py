"""Whether the latest days worked, what waits for somebody, and what the home holds."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from propcast.backends.compose import Backends
from propcast.backends.state.records import ExpectedOutput, Run, StepState
from propcast.backends.warehouse.port import In
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.concerns import Concern, of_days, of_funnel, of_runs, worst_first
from propcast.pipeline.funnel import Funnel, read_funnel
from propcast.pipeline.grid import GRID_STEPS
from propcast.pipeline.quarantine import held_back
from propcast.pipeline.queries import EVER
from propcast.pipeline.standing import STAGES
from propcast.tables.reference import UNRESOLVED_NAMES
from propcast.tables.registry import ALL
from propcast.tables.schema import INSTANT

RECENT_RUNS = 12
RECENT_DAYS = 8
LOOKED_AT = 500
"""How many runs are searched for days without a slate and for failures."""

Titled = tuple[str, pl.DataFrame, dict[str, str]]

_BAD = (StepState.FAILED, StepState.NOT_READY)
_WORST_FIRST = (*_BAD, StepState.DEGRADED, StepState.DONE, StepState.EMPTY_OK)


@dataclass(frozen=True)
class Status:
    """The latest game days with their grid, problems in words, what waits, the latest runs, and the tables.

    Attributes:
        days: sport, game_day, per grid step `expected`, `actual` and `state`, predictions, published_at.
        games: how far each game of one day and of the day before got.
        problems: one sentence each, with what to do, the worst first.
        held: rows in quarantine by table and first violation.
        unresolved: spellings that wait for an alias, by sport.
        runs: the latest attempts.
        stored: tables with rows and version; empty when they were not asked for.
    """

    home: str
    days: pl.DataFrame
    games: tuple[Funnel, ...]
    problems: list[str]
    held: pl.DataFrame
    unresolved: pl.DataFrame
    runs: pl.DataFrame
    stored: pl.DataFrame

    def summary(self) -> list[tuple[str, str]]:
        """Return labelled values."""
        published = self.days["published_at"].count()
        names, entries = self.unresolved["spellings"].sum(), self.unresolved["entries"].sum()
        return [
            ("home", self.home),
            ("latest days", f"{published} of {self.days.height} published" if self.days.height else "none has run"),
            ("held back", f"{self.held['rows'].sum():,} rows in quarantine"),
            ("unresolved", f"{names:,} names ({entries:,} entries) wait for an alias"),
        ]

    def tables(self) -> list[Titled]:
        """Return titled frames with the columns to print."""
        day = {"sport": "sport", "game_day": "game day", **{step: step for step in GRID_STEPS},
               "predictions_stored": "rows", "published_at": "published (UTC)"}  # fmt: skip
        run = {"opened_at": "opened (UTC)", "step": "step", "game_day": "game day", "outcome": "outcome",
               "seconds": "seconds", "reason": "note"}  # fmt: skip
        game = {"game": "game", "starts_at": "starts (UTC)", **{stage: stage for stage in STAGES}}
        shown = [
            *((f"{found.sport.upper()} {found.game_day}", found.table(), game) for found in self.games),
            ("Latest game days: got of expected", self.days.with_columns(_in_words(step) for step in GRID_STEPS), day),
            ("Held back in quarantine", self.held, {"table": "table", "rows": "rows", "violation": "what is wrong"}),
            ("Latest runs", self.runs, run),
            ("Tables", self.stored, {"table": "table", "rows": "rows", "version": "version"}),
        ]
        return [titled for titled in shown if titled[1].height]


def status(backends: Backends, *, tables: bool = False, day: GameDay | None = None) -> Status:
    """Read the whole picture; nothing is written. Counting the rows of every table takes longest, so only if asked.

    The games are those of `day` (today) and of the day before.
    """
    today = day or GameDay.of_instant(backends.clock.now())
    games = tuple(read_funnel(backends, sport, when) for sport in Sport for when in (today, today.plus(-1)))
    runs = backends.ledger.runs(limit=LOOKED_AT)
    days = _days(backends, runs)
    return Status(
        home=str(backends.settings.home),
        days=days,
        games=games,
        problems=[concern.sentence() for concern in _concerns(runs, days, games)],
        held=held_back(backends),
        unresolved=_unresolved(backends),
        runs=_runs(runs[:RECENT_RUNS]),
        stored=_stored(backends) if tables else _counted([]),
    )


def read_concerns(backends: Backends, games: Sequence[Funnel]) -> list[Concern]:
    """Return what needs somebody, the worst first: in these games, in the latest attempts and on the latest days."""
    runs = backends.ledger.runs(limit=LOOKED_AT)
    return _concerns(runs, _days(backends, runs), games)


def _concerns(runs: Sequence[Run], days: pl.DataFrame, games: Sequence[Funnel]) -> list[Concern]:
    """Of a day whose games are looked at one by one the rows are not added up once more."""
    named = [f"{found.sport} {found.game_day}" for found in games]
    others = days.filter(~pl.format("{} {}", "sport", "game_day").is_in(named))
    return worst_first([*(c for found in games for c in of_funnel(found)), *of_runs(runs), *of_days(others)])


def _days(backends: Backends, runs: Sequence[Run]) -> pl.DataFrame:
    """Return the latest game days of each sport that were run or published, newest first."""
    rows = [row for sport in Sport for row in _days_of(backends, sport, runs)]
    per_step = {
        f"{step}_{part}": kind
        for step in GRID_STEPS
        for part, kind in (("expected", pl.Int64), ("actual", pl.Int64), ("state", pl.String))
    }
    identity = {"sport": pl.String, "game_day": pl.Date}
    return pl.DataFrame(
        rows, schema={**identity, **per_step, "predictions_stored": pl.Int64, "published_at": INSTANT}, orient="row"
    )


def _days_of(backends: Backends, sport: Sport, runs: Sequence[Run]) -> list[tuple[object, ...]]:
    slates = {slate.game_day: slate for slate in backends.ledger.current_between(sport, *EVER)}
    tried = {run.game_day for run in runs if run.sport is sport and run.game_day is not None}
    latest = sorted({*slates, *tried}, reverse=True)[:RECENT_DAYS]
    return [
        (
            *(sport.value, day.date, *_cells(backends.ledger.expected(sport, day))),
            *((slates[day].counts.get("predictions"), slates[day].published_at) if day in slates else (None, None)),
        )
        for day in latest
    ]


def _cells(grid: Sequence[ExpectedOutput]) -> list[object]:
    """Return expected, actual and the worst state of each step, over the day's events."""
    found: list[object] = []
    for step in GRID_STEPS:
        cells = [cell for cell in grid if cell.step == step]
        states = {cell.state for cell in cells}
        worst = next((state.value for state in _WORST_FIRST if state in states), None)
        found += [_total([c.expected for c in cells]), _total([c.actual for c in cells]), worst]
    return found


def _total(parts: Sequence[int | None]) -> int | None:
    known = [part for part in parts if part is not None]
    return sum(known) if known else None


def _in_words(step: str) -> pl.Expr:
    """Return `done 861 of 861`, or the state alone where nothing was counted."""
    state, got, owed = (pl.col(f"{step}_{part}") for part in ("state", "actual", "expected"))
    counted = pl.format("{} {} of {}", state, got, owed)
    return pl.coalesce(counted, state, pl.lit("–")).alias(step)


def _unresolved(backends: Backends) -> pl.DataFrame:
    rows = backends.warehouse.read(UNRESOLVED_NAMES, [In("status", ("open",))], columns=["sport", "raw_name"])
    counted = rows.group_by("sport").agg(pl.col("raw_name").n_unique().alias("spellings"), pl.len().alias("entries"))
    return counted.sort("sport")


def _runs(runs: Sequence[Run]) -> pl.DataFrame:
    rows = [
        (
            *(run.opened_at, run.step, run.game_day.date if run.game_day else None),
            *(str(run.outcome) if run.outcome else "open", _seconds(run), run.reason),
        )
        for run in runs
    ]
    columns = ("step", "game_day", "outcome", "seconds", "reason")
    kinds: list[pl.DataType] = [pl.String(), pl.Date(), pl.String(), pl.Float64(), pl.String()]
    schema = pl.Schema({"opened_at": INSTANT, **dict(zip(columns, kinds, strict=True))})
    return pl.DataFrame(rows, schema=schema, orient="row")


def _seconds(run: Run) -> float | None:
    return (run.closed_at - run.opened_at).total_seconds() if run.closed_at else None


def _stored(backends: Backends) -> pl.DataFrame:
    versions = {name: backends.warehouse.version(table) for name, table in ALL.items()}
    return _counted([(n, backends.warehouse.count(ALL[n]), version) for n, version in versions.items() if version >= 0])


def _counted(rows: list[tuple[str, int, int]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"table": pl.String, "rows": pl.Int64, "version": pl.Int64}, orient="row")
