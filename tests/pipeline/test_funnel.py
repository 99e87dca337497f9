"""The funnel of a day: each game from the schedule to its grades, as the stores have it."""

from datetime import UTC, datetime

import polars as pl
import pytest

from propcast.backends.compose import Backends
from propcast.backends.state.records import ExpectedOutput, StepState
from propcast.core.clock import FixedClock
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.day import run_day
from propcast.pipeline.funnel import Funnel, GameFunnel, read_funnel
from propcast.pipeline.queries import batch_rows, slate
from propcast.pipeline.standing import STAGES, Stage, StageState
from propcast.pipeline.status import status
from tests.pipeline.conftest import GRADED, MLB_DAY, NBA_DAY, NO_GAMES, PARTLY_QUOTED, POSTPONED

BEFORE = datetime(2024, 12, 7, 15, tzinfo=UTC)
SHORTLY = datetime(2024, 12, 8, 3, tzinfo=UTC)
AFTER = datetime(2024, 12, 8, 20, tzinfo=UTC)


def at(backends: Backends, instant: datetime) -> Backends:
    """The same home at another time."""
    assert isinstance(backends.clock, FixedClock)
    backends.clock.instant = instant
    return backends


def stage(game: GameFunnel, name: str) -> Stage:
    return game.stages[STAGES.index(name)]


def states(found: Funnel, name: str) -> set[StageState]:
    return {stage(game, name).state for game in found.games}


@pytest.mark.parametrize(("sport", "day"), GRADED)
def test_a_graded_day_went_all_the_way(graded_home: Backends, sport: Sport, day: GameDay) -> None:
    found = read_funnel(graded_home, sport, day)
    assert found.games
    assert all(game.worst in (StageState.DONE, StageState.EMPTY) for game in found.games)


@pytest.mark.parametrize(("sport", "day"), [(Sport.NBA, NBA_DAY), (Sport.MLB, MLB_DAY)])
def test_counts_are_those_of_the_published_slate(played_home: Backends, sport: Sport, day: GameDay) -> None:
    found = read_funnel(played_home, sport, day)
    rows = slate(played_home, sport, day).rows.filter("is_quoted")
    quoted = dict(rows.group_by("event_id").len().iter_rows())
    for game in found.games:
        for name in ("lines", "forecasts", "decided", "published"):
            assert stage(game, name).got == quoted[game.event_id]


def test_a_published_day_waits_for_its_grades(played_home: Backends) -> None:
    before = read_funnel(at(played_home, BEFORE), Sport.NBA, NBA_DAY)
    assert states(before, "published") == {StageState.DONE}
    assert states(before, "graded") == {StageState.WAITING}
    assert states(read_funnel(at(played_home, AFTER), Sport.NBA, NBA_DAY), "graded") == {StageState.LATE}


def test_a_day_with_quotes_that_nobody_ran_is_late_from_an_hour_before_its_games(league_home: Backends) -> None:
    run_day(league_home, Sport.NBA, NBA_DAY.plus(-30))  # so that there are events
    early = read_funnel(at(league_home, BEFORE), Sport.NBA, NBA_DAY)
    assert states(early, "forecasts") == {StageState.WAITING}
    shortly = read_funnel(at(league_home, SHORTLY), Sport.NBA, NBA_DAY)
    assert states(shortly, "forecasts") == states(shortly, "published") == {StageState.LATE}
    assert states(shortly, "graded") == {StageState.WAITING}


def test_quotes_that_are_still_to_come_are_owed_by_nobody(league_home: Backends) -> None:
    run_day(league_home, Sport.NBA, NBA_DAY.plus(-30))
    early = read_funnel(at(league_home, datetime(2024, 12, 1, tzinfo=UTC)), Sport.NBA, NBA_DAY)
    assert {stage(game, "lines").got for game in early.games} == {0}
    assert any(stage(game, "lines").got for game in read_funnel(at(league_home, AFTER), Sport.NBA, NBA_DAY).games)


def test_a_day_that_was_never_published_owes_no_grades(league_home: Backends) -> None:
    """What is late is the forecasts, and only they."""
    run_day(league_home, Sport.NBA, NBA_DAY.plus(-30))
    found = read_funnel(at(league_home, AFTER), Sport.NBA, NBA_DAY)
    assert states(found, "published") == {StageState.LATE}
    assert states(found, "graded") == {StageState.EMPTY}


def test_history_that_nobody_ran_is_not_late(league_home: Backends) -> None:
    run_day(league_home, Sport.NBA, NBA_DAY.plus(-30))
    found = read_funnel(league_home, Sport.NBA, NBA_DAY)  # half a year later
    assert states(found, "forecasts") == {StageState.NOT_RUN}


def test_a_game_without_quotes_owes_nothing_and_holds_nobody_up(graded_home: Backends) -> None:
    found = read_funnel(graded_home, Sport.NBA, PARTLY_QUOTED)
    (unquoted,) = [game for game in found.games if stage(game, "lines").state is StageState.EMPTY]
    assert stage(unquoted, "published").state is StageState.EMPTY
    assert stage(unquoted, "lines").note == ""
    assert unquoted.worst is StageState.EMPTY


def test_a_game_that_was_called_off_says_so(graded_home: Backends) -> None:
    found = read_funnel(graded_home, Sport.NBA, POSTPONED)
    assert "called off" in {stage(game, "scheduled").note for game in found.games}


def test_a_day_without_games_has_no_rows(graded_home: Backends) -> None:
    found = read_funnel(graded_home, Sport.NBA, NO_GAMES)
    assert (found.games, found.totals(), found.rows().height, found.table().height) == ((), (), 0, 0)


@pytest.mark.proves("L29", "L51")
def test_a_row_that_is_missing_is_seen_in_its_game_and_in_the_sum(played_home: Backends) -> None:
    game = read_funnel(played_home, Sport.NBA, NBA_DAY).games[0]
    short = ExpectedOutput(Sport.NBA, NBA_DAY, "features", game.event_id, None, StepState.DEGRADED, "9 of 10 rows", 9)
    played_home.ledger.mark([short])
    found = read_funnel(played_home, Sport.NBA, NBA_DAY)
    assert stage(found.games[0], "features").state is StageState.PARTIAL
    assert found.totals()[STAGES.index("features")].state is StageState.PARTIAL


def test_rows_lost_from_the_slate_are_not_published(played_home: Backends) -> None:
    lost = read_funnel(played_home, Sport.NBA, NBA_DAY).games[0].event_id
    found = read_funnel(
        played_home, Sport.NBA, NBA_DAY, lambda c, s: batch_rows(played_home, c, s).filter(pl.col("event_id") != lost)
    )
    assert stage(found.games[0], "published").state is StageState.FAILED


def test_abstentions_and_bets_are_noted(played_home: Backends) -> None:
    def silent(rows: pl.DataFrame) -> pl.DataFrame:
        first = pl.col("participant_id") == rows["participant_id"][0]
        return rows.with_columns(
            pl.when(first).then(pl.lit("abstained")).otherwise("status").alias("status"),
            pl.when(first).then(pl.lit("OVER")).otherwise("decision").alias("decision"),
        )

    found = read_funnel(
        played_home, Sport.NBA, NBA_DAY, lambda c, s: silent(batch_rows(played_home, c, s).filter("is_modal_line"))
    )
    notes = " ".join(stage(game, name).note for game in found.games for name in ("forecasts", "decided"))
    assert "abstained" in notes
    assert "bets" in notes


def test_rows_and_tables_say_the_same_as_the_games(graded_home: Backends) -> None:
    found = read_funnel(graded_home, Sport.NBA, NBA_DAY)
    rows = found.rows()
    assert rows.height == len(STAGES) * len(found.games)
    assert found.table()["published"].to_list() == [str(stage(game, "published")) for game in found.games]
    assert rows.filter(pl.col("stage") == "published")["got"].to_list() == [
        stage(game, "published").got for game in found.games
    ]


def test_the_status_command_shows_the_games_of_a_day_and_the_day_before(graded_home: Backends) -> None:
    found = status(graded_home, day=NBA_DAY)
    shown = {(each.sport, each.game_day) for each in found.games if each.games}
    assert (Sport.NBA, NBA_DAY) in shown
    assert (Sport.NBA, NBA_DAY.plus(-1)) not in shown  # no games
    assert f"NBA {NBA_DAY}" in [title for title, _, _ in found.tables()]
