"""The slates that are replayed are the last that are graded, each with what became of everybody on it."""

import polars as pl

from propcast.backends.compose import Backends
from propcast.core.sport import Sport
from propcast.delivery.replay.slates import SUBJECT, actuals, graded_slates
from propcast.tables.forecasts import GRADES
from tests.pipeline.conftest import (  # noqa: F401 - fixtures
    NBA_DAY,
    PARTLY_QUOTED,
    POSTPONED,
    graded_home,
    graded_template,
    played_home,
    played_template,
    raw_template,
)


def test_the_last_graded_days_come_first(graded_home: Backends) -> None:  # noqa: F811
    days = [slate.game_day for slate in graded_slates(graded_home, Sport.NBA)]
    assert days == [POSTPONED, NBA_DAY, PARTLY_QUOTED]
    assert [slate.game_day for slate in graded_slates(graded_home, Sport.NBA, last=1)] == [POSTPONED]


def test_what_is_not_graded_is_not_replayed(played_home: Backends) -> None:  # noqa: F811
    assert graded_slates(played_home, Sport.NBA) == []


def test_everybody_with_a_result_is_there_once(graded_home: Backends) -> None:  # noqa: F811
    (slate,) = [each for each in graded_slates(graded_home, Sport.NBA) if each.game_day == NBA_DAY]
    found, grades = actuals(graded_home, slate), graded_home.warehouse.read(GRADES)
    settled = grades.filter((pl.col("game_day") == NBA_DAY.date) & pl.col("actual").is_not_null())
    assert found.height == found.select(SUBJECT).n_unique() == settled.select(SUBJECT).n_unique() > 0
