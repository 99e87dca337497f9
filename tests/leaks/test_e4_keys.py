"""E4: one row per key, whatever is run how often."""

from pathlib import Path

import pytest

from propcast.backends.compose import Backends
from propcast.backends.warehouse.port import In
from propcast.core.sport import Sport
from propcast.pipeline.grading import grade_day
from propcast.pipeline.sports import plan_of
from propcast.tables.forecasts import GRADES, PREDICTIONS
from propcast.tables.registry import ALL
from tests.leaks.worlds import World, play_day
from tests.pipeline.conftest import load, raw_frames

OUTCOME_KEY = ["event_id", "participant_id", "market", "line", "system"]


@pytest.mark.proves("E4", "L45")
def test_after_everything_ran_twice_every_table_has_one_row_per_key(league: World, tmp_path: Path) -> None:
    home = load(league.copy(tmp_path), raw_frames())
    for sport, days in league.days.items():
        play_day(home, sport, days[1])
        for _ in range(2):
            grade_day(home, sport, days[1])
    assert repeated_keys(home) == {}


@pytest.mark.proves("E4")
def test_every_table_has_one_row_per_key(world: World) -> None:
    assert repeated_keys(world.backends) == {}


def repeated_keys(home: Backends) -> dict[str, int]:
    """How many rows of each table repeat a key; tables without any are left out."""
    stored = {table.name: home.warehouse.read(table).select(table.key) for table in ALL.values()}
    assert sum(rows.height > 0 for rows in stored.values()) >= 20
    repeated = {name: rows.height - rows.n_unique() for name, rows in stored.items() if rows.height}
    return {name: n for name, n in repeated.items() if n}


@pytest.mark.proves("E4", "L45")
@pytest.mark.parametrize("sport", list(Sport))
def test_a_current_slate_has_one_prediction_per_line_and_one_grade_each(
    world: World, sport: Sport, tmp_path: Path
) -> None:
    home, day = world.copy(tmp_path), world.days[sport][0]
    grade_day(home, sport, day)
    current = home.ledger.current(sport, day)
    assert current is not None
    batch = [In("game_day", (day.date,)), In("batch_id", (current.batch_id,))]
    predictions, grades = home.warehouse.read(PREDICTIONS, batch), home.warehouse.read(GRADES, batch)
    assert predictions.height > 0
    assert predictions.select(OUTCOME_KEY).is_duplicated().sum() == 0
    assert grades.height == predictions.height == grades["prediction_id"].n_unique()


@pytest.mark.proves("E4")
@pytest.mark.parametrize("sport", list(Sport))
def test_a_slate_and_the_past_have_one_feature_row_per_participant(world: World, sport: Sport) -> None:
    plan, warehouse = plan_of(sport), world.backends.warehouse
    people = ["event_id", "participant_id", "market"]
    features, past, contexts = (warehouse.read(table) for table in (plan.features, plan.training, plan.context))
    assert features.select(people).is_duplicated().sum() == past.select(people).is_duplicated().sum() == 0
    assert features.join(contexts, on=["event_id", "player_id"]).height == features.height == contexts.height
    results = warehouse.read(plan.results).filter(plan.took_part)
    assert past.join(results, on=["event_id", "player_id"]).height == past.height > 0
