"""A day whose tables are in BigQuery predicts what a day on one machine predicts, in a bounded number of jobs."""

import pytest
from polars.testing import assert_frame_equal

from propcast.backends.compose import Backends, compose
from propcast.backends.settings import Settings
from propcast.backends.warehouse.bigquery.warehouse import BigQueryWarehouse
from propcast.backends.warehouse.port import In
from propcast.core.clock import FixedClock
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.day import run_day
from propcast.tables.forecasts import DECISIONS, PREDICTIONS
from tests.emulators.bigquery import ON_BIGQUERY, BigQueryEmulator, bigquery_emulator, on_site
from tests.pipeline.conftest import MLB_DAY, NBA_DAY, NOW, load, raw_frames

__all__ = ["bigquery_emulator"]

MOST_JOBS = 25

pytestmark = list(ON_BIGQUERY)


@pytest.fixture(scope="module")
def cloud_home(bigquery_emulator: BigQueryEmulator, tmp_path_factory: pytest.TempPathFactory) -> Backends:
    """The leagues' raw tables in BigQuery; every other port on this machine."""
    home = tmp_path_factory.mktemp("cloud")
    settings, environ = on_site(Settings(home=home, history=home / "none"), bigquery_emulator.site())
    return load(compose(settings, FixedClock(NOW), environ=environ), raw_frames())


@pytest.mark.parametrize(("sport", "day"), [(Sport.MLB, MLB_DAY), (Sport.NBA, NBA_DAY)], ids=["mlb", "nba"])
def test_a_day_is_the_same_and_no_step_needs_many_jobs(
    cloud_home: Backends, played_home: Backends, sport: Sport, day: GameDay
) -> None:
    run_day(cloud_home, sport, day)
    for table in (PREDICTIONS, DECISIONS):
        where = [In("game_day", (day.date,))]
        ours, theirs = (home.warehouse.read(table, where) for home in (cloud_home, played_home))
        assert ours.height > 0
        assert_frame_equal(ours, theirs)
    assert isinstance(cloud_home.warehouse, BigQueryWarehouse)
    by_step = cloud_home.warehouse.writer.service.meter.by_step
    assert {step: used.jobs for step, used in by_step.items() if step != "none" and used.jobs > MOST_JOBS} == {}
