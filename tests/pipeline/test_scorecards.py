"""Scorecards: every system beside the market on the same rows, with how many."""

import polars as pl
import pytest

from propcast.backends.compose import Backends
from propcast.backends.warehouse.port import Between, In
from propcast.core.errors import NotReady
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.champion import CHAMPION
from propcast.pipeline.scorecards import Scorecard, scorecard
from propcast.pipeline.span import Span
from propcast.tables.forecasts import GRADES, SCORECARDS
from tests.pipeline.conftest import NBA_DAY, PARTLY_QUOTED

NBA = Span(Sport.NBA, PARTLY_QUOTED, GameDay.parse("2024-12-12"))
MLB = Span.of_season(Sport.MLB, "2025")


def table(found: Scorecard, title: str) -> pl.DataFrame:
    """One of the printed tables."""
    return next(frame for name, frame, _ in found.tables() if title in name)


@pytest.mark.proves("L46")
def test_asked_is_everybody_graded_and_adds_up(graded_home: Backends) -> None:
    """Per market and system: asked = scored + void + abstained."""
    found = scorecard(graded_home, NBA)
    grades = graded_home.warehouse.read(GRADES, [Between("game_day", NBA.first.date, NBA.last.date)])
    asked = grades.group_by("market", "system").agg(pl.struct("event_id", "participant_id").n_unique().alias("people"))
    shown = table(found, "Participants").join(asked, on=["market", "system"], validate="1:1")
    assert shown.height == asked.height
    assert (shown["n_participants"] == shown["people"]).all()
    assert (shown["mae"] + shown["n_void"] + shown["n_abstained"] == shown["people"]).all()


def test_the_error_is_the_mean_of_the_stored_grades(graded_home: Backends) -> None:
    """MAE of the champion, recomputed from who played and had a line."""
    found = table(scorecard(graded_home, MLB), "had a line").filter(pl.col("system") == CHAMPION)
    grades = graded_home.warehouse.read(GRADES, [In("sport", ("mlb",)), In("system", (CHAMPION,))])
    modal = grades.filter("is_modal_line" & pl.col("abs_error").is_not_null())
    assert found["n"].item() == modal.height
    assert found["mae"].item() == pytest.approx(modal["abs_error"].mean())


@pytest.mark.proves("L36")
def test_the_market_is_scored_on_the_very_rows_of_each_system(graded_home: Backends) -> None:
    """The difference is that of the two losses, so both stand on the same lines; its interval holds it."""
    found = scorecard(graded_home, NBA)
    chances = table(found, "P(over").filter(pl.col("system") == CHAMPION)
    assert chances.height == 5
    rows = found.rows.filter((pl.col("system") == CHAMPION) & (pl.col("metric") == "log_loss_raw_minus_market"))
    differences = dict(rows.select("market", "value").iter_rows())
    for row in chances.iter_rows(named=True):
        assert differences[row["market"]] == pytest.approx(row["log_loss_raw"] - row["log_loss_market"])
    assert ((rows["low"] <= rows["value"]) & (rows["value"] <= rows["high"])).all()


def test_intervals_are_printed_only_over_several_days(graded_home: Backends) -> None:
    several = table(scorecard(graded_home, NBA), "P(over")["log_loss_raw_minus_market"]
    single = scorecard(graded_home, Span(Sport.NBA, NBA_DAY, NBA_DAY))
    assert several.str.contains(r"^[+-]\d\.\d{3} \[[+-]\d\.\d{3}, [+-]\d\.\d{3}\]$").any()
    assert not table(single, "P(over")["log_loss_raw_minus_market"].str.contains(r"\[").any()
    assert "one day gives no interval by game day" in single.notes()


def test_the_champion_comes_first_and_the_market_last(graded_home: Backends) -> None:
    systems = table(scorecard(graded_home, MLB), "had a line")["system"].to_list()
    assert (systems[0], systems[-1]) == (CHAMPION, "market_implied")


def test_a_system_that_only_abstained_is_named(graded_home: Backends) -> None:
    notes = scorecard(graded_home, MLB).notes()
    assert "nothing to score of gbm_lightgbm: it abstained on pitcher_strikeouts" in notes


def test_scoring_again_stores_nothing_new(graded_home: Backends) -> None:
    scorecard(graded_home, MLB)
    version = graded_home.warehouse.version(SCORECARDS)
    scorecard(graded_home, MLB)
    assert graded_home.warehouse.version(SCORECARDS) == version


def test_a_span_without_graded_days_says_what_to_run(played_home: Backends) -> None:
    with pytest.raises(NotReady, match="propcast grade"):
        scorecard(played_home, NBA)
