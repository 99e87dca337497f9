"""Scores of every system over a span of graded days, beside the market on the same rows."""

from dataclasses import dataclass

import polars as pl

from propcast.backends.compose import Backends
from propcast.backends.warehouse.port import Between, In, Stamp
from propcast.core.errors import NotReady
from propcast.core.gameday import GameDay
from propcast.core.identity import short_hash
from propcast.core.sport import Sport
from propcast.forecast.scorecard import SHOWN, scorecard_rows
from propcast.tables.forecasts import GRADES, PREDICTIONS, SCORECARDS


@dataclass(frozen=True)
class Scorecard:
    """SCORECARDS rows of one span."""

    sport: Sport
    first: GameDay
    last: GameDay
    days: int
    rows: pl.DataFrame

    def title(self) -> str:
        """Return a heading with the span and its number of graded days."""
        return f"{self.sport.upper()} {self.first} … {self.last}, {self.days} graded days"

    def wide(self) -> pl.DataFrame:
        """Return one row per market, system and population, one column per metric."""
        shown = self.rows.filter(pl.col("metric").is_in(list(SHOWN)))
        n = shown.group_by("market", "system", "population").agg(pl.col("n").max())
        table = shown.pivot("metric", index=["market", "system", "population"], values="value")
        return table.join(n, on=["market", "system", "population"]).sort("market", "population", "system")

    def columns(self) -> dict[str, str]:
        """Return the columns to print and their headings."""
        present = [metric for metric in SHOWN if metric in self.wide().columns]
        return {
            "market": "market",
            "system": "system",
            "population": "population",
            "n": "n",
            **{m: SHOWN[m] for m in present},
        }


def scorecard(backends: Backends, sport: Sport, first: GameDay, last: GameDay) -> Scorecard:
    """Score the current slates of a span and store the result.

    Raises:
        NotReady: no day of the span is graded.
    """
    currents = backends.state.current_between(sport, first, last)
    batches = tuple(current.batch_id for current in currents)
    where = [Between("game_day", first.date, last.date), In("sport", (sport,)), In("batch_id", batches)]
    grades = backends.warehouse.read(GRADES, where) if batches else GRADES.empty()
    if grades.is_empty():
        raise NotReady(
            f"no graded day of {sport} between {first} and {last}; run `propcast day` and `propcast grade` for some first"
        )
    predictions = backends.warehouse.read(PREDICTIONS, where)
    rows = SCORECARDS.conform(scorecard_rows(grades, predictions, window=f"{first}…{last}"))
    now = backends.clock.now()
    backends.warehouse.write(SCORECARDS, rows, Stamp(short_hash("scorecard", sport, first, last, now), now))
    return Scorecard(sport, first, last, grades["game_day"].n_unique(), rows)
