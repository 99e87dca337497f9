"""What is built before a day is forecast: the days before are graded first, and nothing depends on who did it when."""

from collections.abc import Sequence

import pytest

from propcast.backends.compose import Backends
from propcast.backends.state.records import StepState
from propcast.core.errors import NotReady
from propcast.core.sport import Sport
from propcast.pipeline.backfill import Built
from propcast.pipeline.day import run_day
from propcast.pipeline.grading import grade_day
from propcast.pipeline.span import Span
from propcast.pipeline.stages import (
    build_day_analytics,
    build_day_features,
    build_span_analytics,
    grade_finished,
    grade_published,
)
from propcast.tables.forecasts import CLOSING_LINES, GRADES
from propcast.tables.precompute import NBA_FEATURE_TABLE
from tests.pipeline.conftest import NBA_DAY, PARTLY_QUOTED

AFTER = NBA_DAY.plus(1)


def graded(built: Sequence[Built]) -> list[str]:
    """The days that were graded."""
    return [each.span for each in built if each.step == "nba/grade"]


def test_the_day_before_is_graded_before_features_are_built(league_home: Backends) -> None:
    run_day(league_home, Sport.NBA, NBA_DAY)
    assert league_home.warehouse.count(GRADES) == 0
    steps = [each.step for each in run_day(league_home, Sport.NBA, AFTER).built]
    assert league_home.warehouse.count(GRADES) > 0
    assert steps.index("nba/grade") < steps.index("nba/precompute")


@pytest.mark.proves("L42")
def test_features_are_the_same_whether_or_not_somebody_graded_before(
    played_home: Backends, played_home_elsewhere: Backends
) -> None:
    grade_day(played_home, Sport.NBA, NBA_DAY)
    for home in (played_home, played_home_elsewhere):
        run_day(home, Sport.NBA, AFTER)
    for table in (NBA_FEATURE_TABLE, CLOSING_LINES):
        assert played_home.warehouse.content_hash(table) == played_home_elsewhere.warehouse.content_hash(table)


def test_days_that_still_lack_results_are_graded_again_and_finished_ones_are_not(graded_home: Backends) -> None:
    later = NBA_DAY.plus(5)
    assert graded(grade_finished(graded_home, Sport.NBA, later)) == []
    run = graded_home.ledger.runs(Sport.NBA, NBA_DAY, "nba/grade", limit=1)[0]
    reopened = f"{run.run_id}-again"
    graded_home.ledger.open_run(type(run)(**{**vars(run), "run_id": reopened, "closed_at": None, "outcome": None}))
    graded_home.ledger.close_run(reopened, closed_at=run.opened_at, outcome=StepState.DEGRADED, counts={})
    assert graded(grade_finished(graded_home, Sport.NBA, later)) == [str(NBA_DAY)]


def test_a_day_is_graded_when_its_own_results_come(played_home: Backends) -> None:
    assert graded(grade_published(played_home, Sport.NBA, NBA_DAY)) == [str(NBA_DAY)]
    assert grade_published(played_home, Sport.NBA, PARTLY_QUOTED) == []


def test_analytics_and_features_together_are_what_a_day_builds(
    league_home: Backends, played_home_elsewhere: Backends
) -> None:
    build_day_analytics(league_home, Sport.NBA, NBA_DAY)
    found = build_day_features(league_home, Sport.NBA, NBA_DAY)
    assert league_home.warehouse.content_hash(NBA_FEATURE_TABLE) == played_home_elsewhere.warehouse.content_hash(
        NBA_FEATURE_TABLE
    )
    assert found.participants > 0
    assert {cell.step for cell in league_home.ledger.expected(Sport.NBA, NBA_DAY)} >= {"features", "grades"}


def test_a_span_is_built_and_its_published_days_are_graded(played_home: Backends) -> None:
    built = build_span_analytics(played_home, Span(Sport.NBA, PARTLY_QUOTED, AFTER))
    assert (built[0].step, graded(built)) == ("nba/analytics", [str(NBA_DAY)])


def test_nothing_is_built_from_an_empty_home(empty_home: Backends) -> None:
    with pytest.raises(NotReady, match="propcast import"):
        build_day_analytics(empty_home, Sport.NBA, NBA_DAY)
