"""The backtest report: populations, baselines, systems and the market on the same rows, as data, tables or HTML."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl

from propcast.core.markets import Market
from propcast.core.scoring import calibration
from propcast.forecast.baselines import BASELINES, LINED, RECIPES
from propcast.forecast.columns import floats
from propcast.forecast.metrics import (
    STAGES,
    Metric,
    averaged,
    bet_metrics,
    line_metrics,
    pit_histogram,
    point_metrics,
    tier_table,
)
from propcast.forecast.model import Card
from propcast.forecast.plausibility import Suspicion, suspicions
from propcast.forecast.systems.base import KEY

LINES = {"line": "market_line", "line + price": "implied_median"}
"""What the market says as a point forecast: the median line, and the median that line and price imply."""

RATE_FORMULA = "rate_formula"
"""Column of the strikeout baseline K% × BF × opponent's K%; where there is none it is not shown."""

SHOWN = ("n", "mae", "minus_ewm", "minus_line", "bias", "crps", "coverage_80")
PRICED = ("n", "log_loss_raw", "log_loss_final", "log_loss_market", "log_loss_raw_minus_market", "ece_raw", "ece_final")


@dataclass(frozen=True)
class BacktestReport:
    """Everything a backtest found.

    Attributes:
        model: the card of the model that was fitted on the seasons before, without its golden rows.
        baselines: population, forecast, n, mae.
        metrics: population, system, metric, value, low, high, n.
        calibration: per system, of P(over) raw and final beside the market: stage, n, mean_p, frequency.
        pit: per system, counts in equal bins.
        tiers: per system, MAE beside the line's by tier of the predicted mean.
        suspicions: results too good to be true.
    """

    market: str
    season: str
    model: dict[str, Any]
    baselines: pl.DataFrame
    metrics: pl.DataFrame
    calibration: dict[str, pl.DataFrame]
    pit: dict[str, list[int]]
    tiers: dict[str, pl.DataFrame]
    suspicions: list[Suspicion]

    @property
    def leak_suspected(self) -> bool:
        """Whether any system beat what is possible; it blocks promotion."""
        return bool(self.suspicions)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain data for JSON."""
        return {
            "market": self.market,
            "season": self.season,
            "model": self.model,
            "leak_suspected": self.leak_suspected,
            "suspicions": [asdict(s) for s in self.suspicions],
            "baselines": self.baselines.to_dicts(),
            "metrics": self.metrics.to_dicts(),
            "calibration": {system: table.to_dicts() for system, table in self.calibration.items()},
            "pit": self.pit,
            "tiers": {system: table.to_dicts() for system, table in self.tiers.items()},
        }

    def tables(self) -> list[tuple[str, pl.DataFrame, dict[str, str]]]:
        """Return titled tables for a screen, each with the columns to show and their headings."""
        points = _wide(self.metrics, SHOWN)
        prices = _wide(self.metrics.filter(pl.col("population") == LINED), PRICED)
        shown = [
            (f"{self.market} {self.season}: MAE of baselines and market", self.baselines),
            (f"{self.market} {self.season}: systems (MAE by median, bias by mean)", points),
            (f"{self.market} {self.season}: P(over | no push) beside the market, same rows", prices),
        ]
        return [
            (title, frame, {c: c.replace("_", " ") for c in frame.columns}) for title, frame in shown if frame.height
        ]

    def notes(self) -> list[str]:
        """Return what a reader must know beside the numbers."""
        fitted = f"{self.model['model_id']}: fitted on {self.model['n_rows']:,} rows before {self.model['train_until']}"
        return [fitted, *(f"LEAK SUSPECTED: {s}" for s in self.suspicions)]


def report(
    market: Market, season: str, card: Card, outcomes: pl.DataFrame, by_system: Mapping[str, pl.DataFrame]
) -> BacktestReport:
    """Score baselines, market and systems on each population of the season.

    `outcomes`: baseline rows with what the market said. `by_system`: scored rows of each system.
    """
    populations = {name: _population(outcomes, name, rule) for name, rule in RECIPES[market.sport].populations.items()}
    joined = {system: _beside(rows, outcomes) for system, rows in by_system.items()}
    on = {
        (p, s): rows.join(members.select(KEY), on=KEY)
        for p, members in populations.items()
        for s, rows in joined.items()
    }
    lined = {system: on[LINED, system] for system in joined}
    shown_model = {k: v for k, v in asdict(card).items() if k not in ("golden_rows", "golden_means", "features")}
    return BacktestReport(
        market.name,
        season,
        shown_model,
        pl.concat([_baseline_table(name, members) for name, members in populations.items()]),
        pl.concat([_metric_table(p, s, _metrics(p, rows)) for (p, s), rows in on.items()]),
        {system: _calibration_table(rows) for system, rows in lined.items()},
        {system: pit_histogram(on[next(iter(populations)), system]) for system in joined},
        {system: tier_table(rows, "market_line") for system, rows in lined.items() if rows.height},
        [s for system, rows in lined.items() for s in suspicions(market, system, rows)],
    )


def _population(outcomes: pl.DataFrame, name: str, rule: pl.Expr) -> pl.DataFrame:
    members = outcomes.filter(rule)
    return members.filter(pl.col("market_line").is_not_null()) if name == LINED else members


def _beside(rows: pl.DataFrame, outcomes: pl.DataFrame) -> pl.DataFrame:
    return rows.join(outcomes.select(*KEY, *BASELINES, *LINES.values()), on=KEY, validate="1:1")


def _baseline_table(population: str, members: pl.DataFrame) -> pl.DataFrame:
    named = {name: name for name in BASELINES} | {"K% × BF × opponent K%": RATE_FORMULA} | LINES
    present = {label: column for label, column in named.items() if column in members.columns}
    rows = [
        (population, label, int(known.height), _mae(known, column))
        for label, column in present.items()
        if (known := members.filter(pl.col(column).is_not_null())).height
    ]
    return pl.DataFrame(rows, schema=["population", "forecast", "n", "mae"], orient="row")


def _mae(rows: pl.DataFrame, column: str) -> float:
    return float(np.abs(floats(rows, column) - floats(rows, "actual")).mean())


def _metrics(population: str, rows: pl.DataFrame) -> Iterable[Metric]:
    if not rows.height:
        return []
    found = [*point_metrics(rows), _difference("minus_ewm", rows, "ewm")]
    if population != LINED:
        return found
    return [*found, _difference("minus_line", rows, "market_line"), *line_metrics(rows), *bet_metrics(rows)]


def _difference(name: str, rows: pl.DataFrame, other: str) -> Metric:
    """Paired on the same rows: below zero is better than the other."""
    ours, theirs = (pl.col("median") - pl.col("actual")).abs(), (pl.col(other) - pl.col("actual")).abs()
    return averaged(name, rows.with_columns((ours - theirs).alias("value")))


def _calibration_table(rows: pl.DataFrame) -> pl.DataFrame:
    over = floats(rows, "over")
    tables = {stage: calibration(floats(rows, f"p_{stage}"), over) for stage in STAGES}
    return pl.concat(
        [
            pl.DataFrame({"stage": [stage] * len(t.n), "n": t.n, "mean_p": t.mean_p, "frequency": t.frequency})
            for stage, t in tables.items()
        ],
        how="vertical_relaxed",
    )


def _metric_table(population: str, system: str, metrics: Iterable[Metric]) -> pl.DataFrame:
    schema = {"metric": pl.String, "value": pl.Float64, "low": pl.Float64, "high": pl.Float64, "n": pl.Int64}
    table = pl.DataFrame([(m.name, m.value, m.low, m.high, m.n) for m in metrics], schema, orient="row")
    return table.select(
        pl.lit(population).alias("population"),
        pl.lit(system).alias("system"),
        "metric",
        pl.col("value", "low", "high").fill_nan(None),
        "n",
    )


def _wide(metrics: pl.DataFrame, shown: tuple[str, ...]) -> pl.DataFrame:
    """One row per population and system, one column per metric."""
    kept = metrics.filter(pl.col("metric").is_in(shown))
    if not kept.height:
        return kept.clear()
    n = kept.group_by("population", "system").agg(pl.col("n").max())
    table = kept.pivot("metric", index=["population", "system"], values="value")
    return table.join(n, on=["population", "system"], how="left", maintain_order="left").select(
        "population", "system", *(name for name in shown if name in (*table.columns, "n"))
    )
