"""What a home holds and how its latest days stand."""

from dataclasses import dataclass

import polars as pl

from propcast.backends.compose import Backends
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.tables.reference import QUARANTINE, UNRESOLVED_NAMES
from propcast.tables.registry import ALL

RECENT_RUNS = 12
RECENT_DAYS = 8

Titled = tuple[str, pl.DataFrame, dict[str, str]]


@dataclass(frozen=True)
class Status:
    """Tables, published days with their grid, and the latest runs."""

    home: str
    held_back: int
    unresolved: int
    stored: pl.DataFrame
    slates: pl.DataFrame
    runs: pl.DataFrame

    def summary(self) -> list[tuple[str, str]]:
        """Return labelled values."""
        rows = self.stored["rows"].sum()
        return [
            ("folder", self.home),
            ("stored", f"{rows:,} rows in {self.stored.height} tables"),
            ("held back", f"{self.held_back:,} rows in quarantine, {self.unresolved:,} unresolved names"),
            ("published", f"{self.slates.height} of the latest game days shown below"),
        ]

    def tables(self) -> list[Titled]:
        """Return titled frames with the columns to print."""
        grid = {"sport": "sport", "game_day": "game day", "predictions": "predictions", "forecast": "forecast",
                "features_state": "features", "predictions_state": "forecasts", "grades_state": "grades",
                "published_at": "published (UTC)"}  # fmt: skip
        run = {"opened_at": "opened (UTC)", "step": "step", "game_day": "game day", "outcome": "outcome",
               "seconds": "s", "reason": "note"}  # fmt: skip
        return [
            ("Tables", self.stored, {"table": "table", "rows": "rows", "version": "version"}),
            ("Latest slates", self.slates, grid),
            ("Latest runs", self.runs, run),
        ]


def status(backends: Backends) -> Status:
    """Read the whole picture; nothing is written."""
    counted = [(name, backends.warehouse.version(table), table) for name, table in ALL.items()]
    stored = [(name, backends.warehouse.count(table), version) for name, version, table in counted if version >= 0]
    return Status(
        str(backends.settings.home),
        backends.warehouse.count(QUARANTINE),
        backends.warehouse.count(UNRESOLVED_NAMES),
        pl.DataFrame(stored, schema={"table": pl.String, "rows": pl.Int64, "version": pl.Int64}, orient="row"),
        _slates(backends),
        _runs(backends),
    )


def _slates(backends: Backends) -> pl.DataFrame:
    rows = []
    for sport in Sport:
        known = backends.state.current_between(sport, GameDay.parse("1900-01-01"), GameDay.parse("2999-12-31"))
        for slate in known[-RECENT_DAYS:]:
            grid = backends.state.expected(sport, slate.game_day)
            states = {
                f"{step}_state": _worst([str(cell.state) for cell in grid if cell.step == step])
                for step in ("features", "predictions", "grades")
            }
            rows.append(
                {
                    "sport": sport.value,
                    "game_day": slate.game_day.date,
                    "predictions": slate.counts.get("predictions"),
                    "forecast": slate.counts.get("forecast"),
                    **states,
                    "published_at": slate.published_at,
                }
            )
    kinds = {"sport": pl.String, "game_day": pl.Date, "predictions": pl.Int64, "forecast": pl.Int64}
    states_kinds = dict.fromkeys(("features_state", "predictions_state", "grades_state"), pl.String)
    return pl.DataFrame(rows, schema={**kinds, **states_kinds, "published_at": pl.Datetime("us", "UTC")})


def _worst(states: list[str]) -> str:
    order = ("failed", "degraded", "not_ready", "done", "empty_ok")
    return next((state for state in order if state in states), "unknown")


def _runs(backends: Backends) -> pl.DataFrame:
    rows = [
        {
            "opened_at": run.opened_at,
            "step": run.step,
            "game_day": run.game_day.date if run.game_day else None,
            "outcome": str(run.outcome) if run.outcome else "open",
            "seconds": (run.closed_at - run.opened_at).total_seconds() if run.closed_at else None,
            "reason": run.reason[:80],
        }
        for run in backends.state.runs(limit=RECENT_RUNS)
    ]
    return pl.DataFrame(
        rows,
        schema={"opened_at": pl.Datetime("us", "UTC"), "step": pl.String, "game_day": pl.Date, "outcome": pl.String,
                "seconds": pl.Float64, "reason": pl.String},
    )  # fmt: skip
