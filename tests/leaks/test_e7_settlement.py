"""E7: settlement reads only the line and price captured with a prediction."""

from datetime import timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.tables.forecasts import CONSENSUS_LINES, DECISIONS, PREDICTIONS
from propcast.tables.raw import RAW_QUOTES
from tests.leaks.settled import Tables, settled, tables_of
from tests.leaks.worlds import World

SPORTS = pytest.mark.parametrize("sport", list(Sport))
CLOSING_VALUES = ("clv_prob", "clv_price", "clv_line")  # these are about the close, and only these


def with_bets(tables: Tables) -> dict[str, pl.DataFrame]:
    """Bet one unit's hundredth on the over of every priced line, so that lines and prices matter."""
    predictions, decisions = tables[PREDICTIONS.name], tables[DECISIONS.name]
    priced = predictions.filter(pl.col("over_price").is_not_null(), pl.col("status") == "forecast")
    bets = priced.select("batch_id", "prediction_id", pl.col("over_price").alias("taken"))
    joined = decisions.join(bets, on=["batch_id", "prediction_id"], how="left", maintain_order="left")
    is_bet = pl.col("taken").is_not_null()
    placed = joined.with_columns(
        pl.when(is_bet).then(pl.lit("OVER")).otherwise("decision").alias("decision"),
        pl.coalesce("taken", "price").alias("price"),
        pl.when(is_bet).then(0.01).otherwise("stake").alias("stake"),
    )
    return {**tables, DECISIONS.name: placed.select(decisions.columns)}


def moved_on(tables: Tables, day: GameDay) -> dict[str, pl.DataFrame]:
    """What happens after the capture: lines move, offers are withdrawn, and a later batch says something else."""
    quotes, predictions, decisions = (tables[table.name] for table in (RAW_QUOTES, PREDICTIONS, DECISIONS))
    today = quotes.filter(pl.col("game_day") == day.date, pl.col("observed_at").is_not_null()).drop_nulls("starts_at")
    late = pl.col("starts_at") - timedelta(seconds=1)
    changed = today.with_columns(late.alias("observed_at"), pl.lit(150, pl.Int64).alias("over_price"))
    moved = changed.with_columns(pl.col("line") + 4, pl.col("quote_id") + "-moved")
    gone = changed.with_columns(pl.lit(value=False).alias("is_open"), pl.col("quote_id") + "-gone")
    later = predictions.with_columns(
        pl.col("batch_id") + "-later", pl.col("line") + 4, pl.col("mean") + 5, pl.lit(150, pl.Int64).alias("over_price")
    )
    decided = decisions.with_columns(
        pl.col("batch_id") + "-later", pl.col("line") + 4, pl.lit(150, pl.Int64).alias("price")
    )
    return {
        **tables,
        RAW_QUOTES.name: pl.concat([quotes, moved, gone]),
        PREDICTIONS.name: pl.concat([later, predictions]),
        DECISIONS.name: pl.concat([decided, decisions]),
    }


@pytest.mark.proves("E7", "L45", "L38")
@SPORTS
def test_nothing_after_the_capture_changes_a_grade(world: World, sport: Sport) -> None:
    for day in world.days[sport][:2]:
        tables = with_bets(tables_of(world, sport))
        grades = settled(world, sport, day, tables)
        again = settled(world, sport, day, moved_on(tables, day))
        assert_frame_equal(again.drop(CLOSING_VALUES), grades.drop(CLOSING_VALUES), check_exact=True)


@pytest.mark.proves("E7", "L45")
@SPORTS
def test_a_bet_is_settled_at_the_line_and_price_that_were_captured(world: World, sport: Sport) -> None:
    """Won, lost, pushed and paid as the captured numbers say, worked out here once more by hand."""
    tables = with_bets(tables_of(world, sport))
    captured = tables[PREDICTIONS.name].select("batch_id", "prediction_id", captured="line", paid="over_price")
    grades = pl.concat([settled(world, sport, day, tables) for day in world.days[sport][:2]])
    bets = grades.filter(pl.col("decision") == "OVER", pl.col("actual").is_not_null())
    rows = bets.join(captured, on=["batch_id", "prediction_id"], validate="1:1").to_dicts()
    assert {row["outcome"] for row in rows} >= {"win", "loss"}
    for row in rows:
        beyond = row["actual"] - row["captured"]
        odds = row["paid"] / 100 if row["paid"] > 0 else 100 / -row["paid"]
        expected = ("push", 0.0) if beyond == 0 else ("win", odds) if beyond > 0 else ("loss", -1.0)
        assert (row["outcome"], row["profit_units"]) == (expected[0], pytest.approx(expected[1]))


@pytest.mark.proves("E7", "L45")
def test_grading_has_no_way_to_a_current_line(league: World) -> None:
    """The consensus, which follows the market, is not among what grading declares to read."""
    assert CONSENSUS_LINES.name not in tables_of(league, Sport.NBA)
