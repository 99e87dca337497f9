"""E3: with the results of a day shuffled among its bets, nothing finds them again."""

from functools import cached_property, partial
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from propcast.backends.compose import Backends
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.forecast.shuffle import shuffle_test
from propcast.pipeline.batch.at_once import forecast_day
from propcast.pipeline.linebook import read_board
from propcast.pipeline.precompute import build_features, build_training_rows, precompute_step
from propcast.pipeline.slate import forecast_step
from propcast.pipeline.span import Span
from propcast.pipeline.sports import plan_of
from propcast.tables.forecasts import PREDICTIONS
from tests.leaks.shelf import Shelf, store_on
from tests.leaks.worlds import MARKETS, SEED, World
from tests.pipeline.conftest import open_home

N_DAYS = {Sport.NBA: 2, Sport.MLB: 5}
MARGIN = {Sport.NBA: 30, Sport.MLB: 12}
"""How far from its line each result is put: whatever gives it the least weight gives itself away."""

SYSTEMS = ("moving_average", "similarity", "ensemble")
_BET = ["event_id", "participant_id", "line"]


class Rigged:
    """Some game days, each forecast with its results put far over or under the lines as a shuffle says."""

    def __init__(self, world: World, sport: Sport, blank: Backends) -> None:
        self.world, self.sport, self.plan, self.market, self.blank = world, sport, plan_of(sport), MARKETS[sport], blank
        self.said: pl.DataFrame | None = None

    @cached_property
    def stored(self) -> dict[str, pl.DataFrame]:
        read = (*precompute_step(self.plan).reads, *forecast_step(self.plan).reads)
        mine = (self.plan.context, self.plan.features)
        return {table.name: self.world.backends.warehouse.read(table) for table in read if table not in mine}

    def bets(self) -> pl.DataFrame:
        """Who was quoted over the days, at which line, and whether he went over it; null for a push."""
        day = self.world.days[self.sport][1]
        board = read_board(store_on(Shelf(self.stored)), Span(self.sport, day.plus(-20), day))
        lines = board.consensus().filter(pl.col("market") == self.market.name)
        results = self.stored[self.plan.results.name].filter(self.plan.took_part)
        counted = results.select("event_id", self.participant(), self.market.stat_expr().alias("actual"))
        rows = lines.select("event_id", "participant_id", "game_day", pl.col("line_modal").alias("line"))
        decided = pl.when(pl.col("actual") != pl.col("line")).then(pl.col("actual") > pl.col("line"))
        last_days = rows["game_day"].unique().sort().tail(N_DAYS[self.sport])
        joined = rows.join(counted, on=["event_id", "participant_id"]).with_columns(decided.alias("over"))
        return joined.filter(pl.col("game_day").is_in(last_days.implode()))

    def choose(self, system: str, rows: pl.DataFrame) -> pl.Series:
        """Pick the side that a system prefers when the results are those of the rows."""
        if self.said is None:
            days = rows.partition_by("game_day", maintain_order=True)
            self.said = pl.concat([self.forecast(GameDay(today["game_day"][0]), today) for today in days])
        joined = rows.join(self.said.filter(pl.col("system") == system), on=_BET, how="left", maintain_order="left")
        assert joined["p_over_raw"].null_count() < joined.height / 3  # silence would pass every test
        over = pl.col("p_over_raw") > pl.col("p_under_raw")
        return joined.select(over.fill_null(value=False)).to_series()

    def forecast(self, day: GameDay, rows: pl.DataFrame) -> pl.DataFrame:
        """Plant the results of a day, then run its steps, those that keep it as a training row first."""
        shelf = Shelf({**self.stored, self.plan.results.name: self.planted(rows)})
        store, today = store_on(shelf), Span(self.sport, day, day)
        build_training_rows(store, self.plan, today, [self.market])
        build_features(store, self.plan, today, [self.market])
        forecast_day(self.blank, store, self.plan, day, [self.market])
        return shelf.read(PREDICTIONS).select(*_BET, "system", "p_over_raw", "p_under_raw")

    def planted(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return all results, those of the rows moved to where their outcome says."""
        results, stat = self.stored[self.plan.results.name], self.market.stat[0]
        way = pl.when(pl.col("over") == 1).then(1).otherwise(-1)
        there = (pl.col("line") + way * MARGIN[self.sport]).clip(lower_bound=0).round().cast(pl.Int64)
        joined = results.with_columns(self.participant()).join(
            rows.select("event_id", "participant_id", there.alias("there")),
            on=["event_id", "participant_id"],
            how="left",
            maintain_order="left",
        )
        return joined.with_columns(pl.coalesce("there", stat).alias(stat)).select(results.columns)

    def participant(self) -> pl.Expr:
        return pl.format("{}:{}", pl.lit(self.sport.value), "player_id").alias("participant_id")


@pytest.mark.proves("E3", "L35")
@pytest.mark.parametrize("sport", list(Sport))
def test_shuffled_results_are_not_found_again(world: World, sport: Sport, tmp_path: Path) -> None:
    """The hit rate of every kind of system lies inside the 99 % interval of chance."""
    rigged = Rigged(world, sport, open_home(tmp_path))
    bets = rigged.bets()
    found = {system: shuffle_test(bets, SEED, partial(rigged.choose, system)) for system in SYSTEMS}
    assert {system: test.passed for system, test in found.items()} == dict.fromkeys(SYSTEMS, True), found
    assert found["ensemble"].n >= 15


@pytest.mark.proves("E3", "E1", "L35")
@pytest.mark.parametrize("sport", list(Sport))
def test_results_of_a_day_move_no_forecast_of_it(world: World, sport: Sport, tmp_path: Path) -> None:
    """With every bet's result turned to the other side of its line, each forecast stays what it was, bit for bit."""
    rigged = Rigged(world, sport, open_home(tmp_path))
    bets = rigged.bets().drop_nulls("over").with_columns(pl.col("over").cast(pl.Int64))
    today = bets.filter(pl.col("game_day") == pl.col("game_day").max())
    said, mirrored = (rigged.forecast(GameDay(today["game_day"][0]), rows) for rows in (today, turned(today)))
    assert not rigged.planted(turned(today)).equals(rigged.planted(today))
    assert said["p_over_raw"].count() > 0
    assert_frame_equal(mirrored, said, check_exact=True)


def turned(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns((1 - pl.col("over")).alias("over"))


@pytest.mark.proves("E3")
def test_a_choice_that_sees_the_results_is_caught(league: World, tmp_path: Path) -> None:
    bets = Rigged(league, Sport.NBA, open_home(tmp_path)).bets()
    peeking = shuffle_test(bets, SEED, lambda rows: rows["over"] == 1)
    assert peeking.hit_rate == 1.0
    assert not peeking.passed
