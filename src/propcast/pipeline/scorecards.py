"""Scores of every system over a span of graded days, beside the market on the same rows."""

from dataclasses import dataclass

import polars as pl

from propcast.backends.compose import Backends
from propcast.backends.warehouse.port import Condition, In, Stamp
from propcast.core.errors import NotReady
from propcast.core.identity import short_hash
from propcast.forecast.scorecard import ALL as EVERYBODY
from propcast.forecast.scorecard import BETS, LINED, scorecard_rows
from propcast.pipeline.champion import CHAMPION
from propcast.pipeline.span import Span
from propcast.tables.forecasts import GRADES, PREDICTIONS, SCORECARDS

Titled = tuple[str, pl.DataFrame, dict[str, str]]

COUNTED = {"n_participants": "asked", "n_abstained": "abstained", "n_void": "void", "mae": "scored"}
POINTS = {"mae": "MAE", "rmse": "RMSE", "bias": "bias", "crps": "CRPS", "coverage_80": "in 80 %"}
CHANCES = {
    "log_loss_raw": "log loss",
    "log_loss_market": "market's",
    "log_loss_raw_minus_market": "minus market [95 %]",
    "log_loss_final": "final",
    "log_loss_final_minus_market": "final minus market [95 %]",
    "ece_raw": "ECE",
    "ece_final": "final ECE",
}
INTERVAL = "[95 %]"
STAKED = {"hit_rate": "hit rate [95 %]", "market_p": "market's P", "roi": "ROI [95 %]", "clv_prob": "CLV"}
"""Metrics of each table and their headings; those with [95 %] show their interval, resampled by game day."""

_BY = ("market", "system", "model_id")


@dataclass(frozen=True)
class Scorecard:
    """SCORECARDS rows of one span."""

    span: Span
    days: int
    rows: pl.DataFrame

    def title(self) -> str:
        """Return a heading with the span and its number of graded days."""
        days = f"{self.days} graded day{'' if self.days == 1 else 's'}"
        return f"{self.span.sport.upper()} {self.span.first} … {self.span.last}, {days}"

    def tables(self) -> list[Titled]:
        """Return titled frames with the columns to print: counts, point forecasts, chances, bets; each with its n."""
        shown = [
            ("Participants", self._counts(), COUNTED),
            ("Everybody who played", self._wide(EVERYBODY, POINTS), {"n": "n", **POINTS}),
            ("Who played and had a line, the market among them", self._wide(LINED, POINTS), {"n": "n", **POINTS}),
            ("P(over | no push) of each line, same rows", self._wide(LINED, CHANCES), {"n": "lines", **CHANCES}),
            ("Bets", self._wide(BETS, STAKED), {"n": "bets", **STAKED}),
        ]
        return [
            (title, frame, {**self._named(), **{c: h for c, h in columns.items() if c in frame.columns}})
            for title, frame, columns in shown
            if frame.height
        ]

    def notes(self) -> list[str]:
        """Return what a reader must know beside the numbers."""
        silent = (
            self._counts().filter(pl.col("mae") == 0).group_by("system").agg(pl.col("market").sort()).sort("system")
        )
        said = [f"nothing to score of {row[0]}: it abstained on {', '.join(row[1])}" for row in silent.iter_rows()]
        few = ["one day gives no interval by game day"] if self.days == 1 else []
        return [*said, *few]

    def _named(self) -> dict[str, str]:
        """Return the columns that name a row; the model only where a system had several."""
        several = self.rows.group_by("market", "system").agg(pl.col("model_id").n_unique())["model_id"].max() != 1
        return {"market": "market", "system": "system", **({"model_id": "model"} if several else {})}

    def _counts(self) -> pl.DataFrame:
        """Return one row per market and system: asked, abstained, void, scored."""
        counted = self.rows.filter((pl.col("population") == EVERYBODY) & pl.col("metric").is_in(list(COUNTED)))
        return _in_order(counted.pivot("metric", index=_BY, values="n"))

    def _wide(self, population: str, metrics: dict[str, str]) -> pl.DataFrame:
        """Return one row per market and system with something to score; where an interval is wanted, as text."""
        of_population = (pl.col("population") == population) & pl.col("metric").is_in(list(metrics))
        chosen = self.rows.filter(of_population & (pl.col("n") > 0))
        table = chosen.pivot("metric", index=_BY, values="value")
        spread = [name for name, heading in metrics.items() if INTERVAL in heading and name in table.columns]
        texts = chosen.with_columns(_with_interval(chosen)).pivot("metric", index=_BY, values="shown")
        n = chosen.group_by(_BY).agg(pl.col("n").max())
        joined = table.drop(spread).join(texts.select(*_BY, *spread), on=_BY, validate="1:1")
        return _in_order(joined.join(n, on=_BY, validate="1:1"))


def scorecard(backends: Backends, span: Span) -> Scorecard:
    """Score the current slates of a span and store the result.

    Raises:
        NotReady: no day of the span is graded.
    """
    currents = backends.ledger.current_between(span.sport, span.first, span.last)
    batches = tuple(current.tag for current in currents)
    where: list[Condition] = [span.days(), In("sport", (span.sport,)), In("batch_id", batches)]
    grades = backends.warehouse.read(GRADES, where) if batches else GRADES.empty()
    if grades.is_empty():
        raise NotReady(
            f"no graded day of {span.sport} between {span.first} and {span.last}; "
            "run `propcast day` and `propcast grade` for some first"
        )
    predictions = backends.warehouse.read(PREDICTIONS, where)
    rows = SCORECARDS.conform(scorecard_rows(grades, predictions, window=f"{span.first}…{span.last}"))
    now = backends.clock.now()
    stamp = Stamp(short_hash("scorecard", span.sport, span.first, span.last, now), now)
    backends.warehouse.write(SCORECARDS, rows, stamp)
    return Scorecard(span, grades["game_day"].n_unique(), rows)


def _with_interval(rows: pl.DataFrame) -> pl.Series:
    """Return `value [low, high]` as text; a single day has no interval."""
    return pl.Series("shown", [_spread(*row) for row in rows.select("value", "low", "high").iter_rows()], pl.String)


def _spread(value: float | None, low: float | None, high: float | None) -> str | None:
    if value is None or low is None or high is None or low == high:
        return None if value is None else _signed(value)
    return f"{_signed(value)} [{_signed(low)}, {_signed(high)}]"


def _signed(value: float) -> str:
    return f"{round(value, 3) + 0.0:+.3f}"


def _in_order(table: pl.DataFrame) -> pl.DataFrame:
    """By market; the champion first, the market last."""
    place = (
        pl.when(pl.col("system") == CHAMPION).then(0).when(pl.col("system") == "market_implied").then(2).otherwise(1)
    )
    return table.sort("market", place, "system", "model_id")
