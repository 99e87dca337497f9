"""What came in, how well it was forecast, and what drift found last: measured from what is on record."""

from collections.abc import Callable
from datetime import timedelta

import polars as pl
import pytest
from prometheus_client.parser import text_string_to_metric_families

from propcast.apps.calibration import Calibration, records
from propcast.apps.incoming import came_in
from propcast.apps.measures import compared
from propcast.apps.resources import Resources, open_resources
from propcast.backends.state.drifts import record_drift
from propcast.backends.warehouse.port import In, Stamp
from propcast.core.sport import Sport
from propcast.delivery.drift.finding import Kind
from propcast.forecast import rolling
from propcast.service.catalogue import ADMIN_DASHBOARD, ANALYTICS_PROCESSOR, Entry
from propcast.service.telemetry.metrics import Metrics
from propcast.tables.analytics import EVENTS
from propcast.tables.contract import VIOLATIONS
from propcast.tables.raw import RAW_QUOTES
from tests.apps.rig import NOW, Site
from tests.pipeline.conftest import NBA_DAY


def measured(work: Callable[[Metrics], None]) -> dict[tuple[str, ...], float]:
    """Every sample by its name and the values of its labels, in the order of their names."""
    metrics = Metrics()
    work(metrics)
    return {
        (sample.name.removeprefix("propcast_"), *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
    }


def opened(site: Site, entry: Entry = ANALYTICS_PROCESSOR) -> Resources:
    return open_resources(entry, site.environ, site.clock)


def test_a_feed_is_as_old_as_what_it_lacks_and_0_where_nothing_is_expected(featured: Site) -> None:
    events = featured.backends().warehouse.read(EVENTS, [In("game_day", (NBA_DAY.date,)), In("sport", (Sport.NBA,))])
    resources, ages = opened(featured), list[dict[tuple[str, ...], float]]()
    last_poll = max(events["starts_at"].drop_nulls()) - timedelta(minutes=30)
    for instant in (NOW, last_poll + timedelta(minutes=10), last_poll + timedelta(minutes=25)):
        featured.clock.instant = instant
        ages.append(measured(lambda metrics: came_in(resources, metrics)))
    assert {value for key, value in ages[0].items() if key[0] == "feed_age_seconds"} == {0.0}
    assert [each["feed_age_seconds", "nba quotes"] for each in ages] == [0, 600, 1500]
    assert [each["feed_age_seconds", "mlb quotes"] for each in ages] == [0, 0, 0]


def test_rows_that_are_held_back_are_measured_by_what_is_wrong_with_them(league: Site) -> None:
    warehouse, resources = league.backends().warehouse, opened(league)
    rows = warehouse.read(RAW_QUOTES).head(3).with_columns(pl.lit(["line is null"]).alias(VIOLATIONS))
    warehouse.quarantine(RAW_QUOTES, rows, Stamp("r", NOW), origin="test")
    found = measured(lambda metrics: came_in(resources, metrics))
    assert found["quarantined_rows", "line is null", RAW_QUOTES.name] == 3


def test_the_record_is_measured_once_for_each_grading_and_only_with_enough_props(
    graded: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    backends, calibration = graded.backends(), Calibration()
    slates = backends.ledger.current_between(Sport.NBA, NBA_DAY.plus(-30), NBA_DAY.plus(30))
    graded.clock.instant = slates[-1].game_day.plus(1).at_utc(14)
    assert [*records(backends, Sport.NBA)] == []
    monkeypatch.setattr(rolling, "WINDOW", 2)
    found = measured(lambda metrics: calibration.look(backends, metrics))
    markets = {key[1] for key in found if key[0] == "calibration_error"}
    assert "points" in markets
    assert {key[1] for key in found if key[0] == "bias"} == markets
    assert all(0 <= found["calibration_error", market, "ensemble"] <= 0.8 for market in markets)
    assert measured(lambda metrics: calibration.look(backends, metrics)) == {}


def test_what_drift_found_last_is_measured_until_the_next_run(empty: Site) -> None:
    resources = opened(empty, ADMIN_DASHBOARD)
    state = resources.backends.state
    assert measured(lambda metrics: compared(resources, metrics)) == {}
    record_drift(state, "local", [("prediction-worker", Kind.DIFFERENT), ("prediction-worker", Kind.DIFFERENT)])
    found = measured(lambda metrics: compared(resources, metrics))
    record_drift(state, "local", [])
    mended = measured(lambda metrics: compared(resources, metrics))
    assert found["drift", "different", "prediction-worker"] == 2
    assert found["drift", "missing", ""] == 0
    assert mended["drift", "different", "prediction-worker"] == 0
    assert found["heartbeat_seconds", "drift"] == NOW.timestamp()
