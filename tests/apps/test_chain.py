"""From raw data to a published slate through the five services."""

from collections.abc import Sequence

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from propcast.backends.bus.queue import Claim
from propcast.backends.compose import Backends
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.batch.history import batches
from propcast.pipeline.day import published, run_day
from propcast.tables.forecasts import DECISIONS, PREDICTIONS
from tests.apps.fleet import fleet
from tests.apps.rig import Site
from tests.pipeline.conftest import MLB_DAY, NBA_DAY, NO_GAMES

DAYS = pytest.mark.parametrize(("sport", "day"), [(Sport.NBA, NBA_DAY), (Sport.MLB, MLB_DAY)])
NAMES = ["batch_id"]
"""A batch's name depends on who asked and when; everything else must not."""


def raw_ready(sport: Sport, day: GameDay) -> dict[str, object]:
    return {"schema_version": 1, "sport": sport.value, "game_day": str(day)}


def without_names(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.drop(NAMES).sort("prediction_id")


@pytest.mark.proves("B1", "L42")
@DAYS
def test_the_services_say_exactly_what_one_process_says(
    league: Site, played_home_elsewhere: Backends, sport: Sport, day: GameDay
) -> None:
    with fleet(league) as services:
        services.publish("raw-ready", raw_ready(sport, day))  # type: ignore[arg-type]
        services.settle()
    theirs = published(league.backends(), sport, day)
    run_day(played_home_elsewhere, sport, day)
    for mine, other in zip(published(played_home_elsewhere, sport, day), theirs, strict=True):
        assert mine.height > 0
        assert_frame_equal(without_names(mine), without_names(other), check_exact=True)
    assert {code for _, code in services.pushed} == {204}


@pytest.mark.proves("B1", "L24", "L25")
def test_every_message_twice_and_in_another_order_changes_nothing(league: Site) -> None:
    def twice(claims: Sequence[Claim]) -> list[Claim]:
        return [*reversed(claims), *claims]

    with fleet(league) as services:
        services.meddle = twice
        services.publish("raw-ready", raw_ready(Sport.NBA, NBA_DAY))  # type: ignore[arg-type]
        services.settle()
    backends = league.backends()
    predictions, _ = published(backends, Sport.NBA, NBA_DAY)
    assert predictions["prediction_id"].is_unique().all()
    assert backends.warehouse.count(PREDICTIONS) == predictions.height == backends.warehouse.count(DECISIONS)
    assert len(batches(backends)) == 1


@pytest.mark.proves("B3")
def test_when_no_worker_is_heard_of_the_sweep_publishes_alone(featured: Site) -> None:
    with fleet(featured) as services:
        services.settle_but_for_results({"sport": "mlb", "game_day": str(MLB_DAY)})
        assert featured.backends().ledger.current(Sport.MLB, MLB_DAY) is None
        swept = services.apps["prediction-coordinator"].ask("/check-stalled").json()
        again = services.apps["prediction-coordinator"].ask("/check-stalled").json()
    assert (swept["consolidated"], swept["errors"]) == (1, {})
    assert (again["consolidated"], again["redriven"]) == (0, 0)
    assert featured.backends().ledger.current(Sport.MLB, MLB_DAY) is not None


def test_a_day_without_games_ends_with_nobody_to_forecast(league: Site) -> None:
    with fleet(league) as services:
        services.publish("raw-ready", raw_ready(Sport.NBA, NO_GAMES))  # type: ignore[arg-type]
        services.settle()
    assert batches(league.backends()) == []
    assert {code for _, code in services.pushed} == {204}
