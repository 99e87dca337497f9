"""E3: with the results of a day shuffled among its bets, nothing finds them again."""

from functools import cached_property, partial
from pathlib import Path

import polars as pl
import pytest

from propcast.backends.compose import Backends
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.forecast.shuffle import shuffle_test
from propcast.pipeline.linebook import read_board
from propcast.pipeline.plan import SportPlan
from propcast.pipeline.precompute import build_features, build_training_rows, precompute_step
from propcast.pipeline.slate import forecast_day, forecast_step
from propcast.pipeline.span import Span
from propcast.pipeline.sports import plan_of
from propcast.tables.forecasts import PREDICTIONS
from tests.leaks.shelf import Shelf, store_on
from tests.leaks.worlds import MARKETS, SEED, World
from tests.pipeline.conftest import open_home

BLOCK = {Sport.NBA: (-4, 0), Sport.MLB: (-6, 4)}
"""Days around the second day of a world: enough bets to tell a leak from luck."""

MARGIN = 6.0
"""How far from its line each result is put: a window that saw it would give it away."""

SYSTEMS = ("moving_average", "similarity", "ensemble")


class Rigged:
    """A run of days whose results are put far over or under the lines, as a shuffle says, and forecast afresh."""

    def __init__(self, world: World, sport: Sport, blank: Backends) -> None:
        (first, last), day = BLOCK[sport], world.days[sport][1]
        self.world, self.plan, self.blank = world, plan_of(sport), blank
        self.span = Span(sport, day.plus(first), day.plus(last))
        self.priced: pl.DataFrame | None = None

    @cached_property
    def shelf(self) -> Shelf:
        read = (*precompute_step(self.plan).reads, *forecast_step(self.plan).reads)
        mine = (self.plan.context, self.plan.features)
        return Shelf({t.name: self.world.backends.warehouse.read(t) for t in read if t not in mine})

    def bets(self) -> pl.DataFrame:
        """Who was quoted over the days, at which line, and whether he went over it; null for a push."""
        board = read_board(store_on(self.shelf), self.span)
        lines = board.consensus().filter(pl.col("market") == MARKETS[self.plan.sport].name)
        results = self.shelf.frames[self.plan.results.name].filter(self.plan.took_part)
        counted = results.select(
            "event_id", participant(self.plan), MARKETS[self.plan.sport].stat_expr().alias("actual")
        )
        rows = lines.select("event_id", "participant_id", "game_day", pl.col("line_modal").alias("line")).join(
            counted, on=["event_id", "participant_id"]
        )
        decided = pl.when(pl.col("actual") != pl.col("line")).then(pl.col("actual") > pl.col("line"))
        return rows.with_columns(decided.alias("over"))

    def choose(self, system: str, rows: pl.DataFrame) -> pl.Series:
        """Pick the side that a system prefers when the results are those of the rows."""
        if self.priced is None:
            self.priced = self.forecasts(rows)
        said = self.priced.filter(pl.col("system") == system).select(
            "event_id", "participant_id", "line", "p_over_raw", "p_under_raw"
        )
        joined = rows.join(said, on=["event_id", "participant_id", "line"], how="left", maintain_order="left")
        assert joined["p_over_raw"].null_count() < joined.height / 3  # silence would pass every test
        return joined.select((pl.col("p_over_raw") > pl.col("p_under_raw")).fill_null(value=False)).to_series()

    def forecasts(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Plant the results, then run the steps of every day."""
        self.shelf.frames[self.plan.results.name] = self.planted(rows)
        store, markets = store_on(self.shelf), [MARKETS[self.plan.sport]]
        build_training_rows(store, self.plan, self.span, markets)
        build_features(store, self.plan, self.span, markets)
        for day in rows["game_day"].unique().sort().to_list():
            forecast_day(self.blank, store, self.plan, GameDay(day), markets)
        return self.shelf.read(PREDICTIONS)

    def planted(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return all results, those of the bets moved to where their shuffled outcome says."""
        results = self.shelf.frames[self.plan.results.name]
        stat = MARKETS[self.plan.sport].stat[0]
        far = pl.col("line") + pl.when(pl.col("over") == 1).then(MARGIN).otherwise(-MARGIN)
        moved = rows.select("event_id", "participant_id", far.clip(lower_bound=0).round().cast(pl.Int64).alias("moved"))
        joined = results.with_columns(participant(self.plan)).join(
            moved, on=["event_id", "participant_id"], how="left", maintain_order="left"
        )
        return joined.with_columns(pl.coalesce("moved", stat).alias(stat)).select(results.columns)


def participant(plan: SportPlan) -> pl.Expr:
    return pl.format("{}:{}", pl.lit(plan.sport.value), "player_id").alias("participant_id")


@pytest.mark.proves("E3", "L35")
@pytest.mark.parametrize("sport", list(Sport))
def test_shuffled_results_are_not_found_again(world: World, sport: Sport, tmp_path: Path) -> None:
    """The hit rate of every kind of system lies inside the 99 % interval of chance."""
    rigged = Rigged(world, sport, open_home(tmp_path))
    bets = rigged.bets()
    found = {system: shuffle_test(bets, SEED, partial(rigged.choose, system)) for system in SYSTEMS}
    assert {system: test.passed for system, test in found.items()} == dict.fromkeys(SYSTEMS, True), found
    assert found["ensemble"].n >= 20


@pytest.mark.proves("E3")
def test_a_choice_that_sees_the_results_is_caught(league: World, tmp_path: Path) -> None:
    bets = Rigged(league, Sport.NBA, open_home(tmp_path)).bets()
    peeking = shuffle_test(bets, SEED, lambda rows: rows["over"] == 1)
    assert peeking.hit_rate == 1.0
    assert not peeking.passed
