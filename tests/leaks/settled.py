"""A world's day settled in memory, with bets that a test may place itself."""

from collections.abc import Mapping

import polars as pl

from propcast.backends.state.records import CurrentSlate
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.grading import grade_step, settle_day
from propcast.pipeline.sports import plan_of
from tests.leaks.shelf import Shelf, store_on
from tests.leaks.worlds import World

Tables = Mapping[str, pl.DataFrame]


def tables_of(world: World, sport: Sport) -> dict[str, pl.DataFrame]:
    """Everything that grading may read."""
    return {table.name: world.backends.warehouse.read(table) for table in grade_step(plan_of(sport)).reads}


def slate_of_day(world: World, sport: Sport, day: GameDay) -> CurrentSlate:
    current = world.backends.ledger.current(sport, day)
    assert current is not None
    return current


def settled(world: World, sport: Sport, day: GameDay, tables: Tables) -> pl.DataFrame:
    """Return the grades of the day's published batch, settled from the tables."""
    store = store_on(Shelf(tables))
    return settle_day(store, plan_of(sport), day, slate_of_day(world, sport, day).tag).sort("prediction_id")
