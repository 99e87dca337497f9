"""How one stage of one game stands: nothing is late before its time, and nothing missing looks done."""

from datetime import UTC, datetime, timedelta

import pytest

from propcast.backends.state.records import ExpectedOutput, StepState
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline import standing
from propcast.pipeline.standing import Due, Stage, StageState

DAY = GameDay.parse("2025-10-24")
START = datetime(2025, 10, 24, 23, tzinfo=UTC)
LATE, WAITING = StageState.LATE, StageState.WAITING


def cell(state: StepState, expected: int | None = 5, actual: int | None = 5, reason: str = "") -> ExpectedOutput:
    return ExpectedOutput(Sport.NBA, DAY, "features", "nba:1", expected, state, reason, actual)


@pytest.mark.parametrize(
    ("now", "is_watched", "state"),
    [
        (START - timedelta(minutes=60), True, WAITING),
        (START - timedelta(minutes=59), True, LATE),
        (START - timedelta(minutes=59), False, StageState.NOT_RUN),
        (START + timedelta(days=400), True, LATE),
    ],
)
def test_forecasts_are_late_from_an_hour_before_the_start(now: datetime, is_watched: bool, state: StageState) -> None:
    assert Due(DAY, START, now, is_watched).forecasts is state


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (datetime(2025, 10, 25, 13, 59, tzinfo=UTC), WAITING),
        (datetime(2025, 10, 25, 14, 0, tzinfo=UTC), LATE),  # 10:00 in summer time
        (datetime(2025, 10, 26, 3, 0, tzinfo=UTC), LATE),
    ],
)
def test_grades_are_late_at_ten_eastern_the_day_after(now: datetime, state: StageState) -> None:
    assert Due(DAY, START, now, is_watched=True).grades is state


def test_grades_follow_the_clock_change() -> None:
    """On 2 November 2025 clocks go back: ten Eastern is then 15:00 UTC."""
    before, after = (datetime(2025, 11, 2, hour, 30, tzinfo=UTC) for hour in (14, 15))
    day = GameDay.parse("2025-11-01")
    assert (Due(day, None, before, is_watched=True).grades, Due(day, None, after, is_watched=True).grades) == (
        WAITING,
        LATE,
    )


@pytest.mark.parametrize(
    ("kept", "state"),
    [
        (cell(StepState.DONE), StageState.DONE),
        (cell(StepState.DEGRADED, 5, 4, "4 of 5 rows"), StageState.PARTIAL),
        (cell(StepState.FAILED, 5, 0), StageState.FAILED),
        (cell(StepState.EMPTY_OK, 0, 0), StageState.EMPTY),
        (cell(StepState.NOT_READY, None, None), LATE),
        (None, LATE),
    ],
)
def test_a_cell_of_the_ledger_is_believed_unless_nothing_came_of_it(
    kept: ExpectedOutput | None, state: StageState
) -> None:
    assert standing.of_cell("features", kept, LATE).state is state


@pytest.mark.proves("L29")
@pytest.mark.parametrize(
    ("got", "owed", "state"),
    [
        (5, 5, StageState.DONE), (4, 5, StageState.PARTIAL), (0, 5, StageState.FAILED), (None, 5, LATE),
        (0, 0, StageState.EMPTY),
    ],
)  # fmt: skip
def test_done_means_that_all_of_what_is_owed_is_there(got: int | None, owed: int, state: StageState) -> None:
    assert standing.of_all("published", got, owed, LATE).state is state


def test_a_game_that_no_book_quotes_in_time_owes_nothing() -> None:
    assert standing.of_lines(0, LATE).state is StageState.EMPTY
    assert standing.of_lines(0, WAITING).state is WAITING
    assert standing.owing_nothing(StageState.NOT_RUN) is StageState.EMPTY


def test_over_games_counts_add_up_and_the_worst_state_stands() -> None:
    stages = [Stage("graded", StageState.DONE, 3, 3), Stage("graded", StageState.PARTIAL, 1, 2),
              Stage("graded", WAITING)]  # fmt: skip
    assert standing.over_games(stages) == Stage("graded", StageState.PARTIAL, 4, 5, "2 of 3 games not through")


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        (Stage("lines", StageState.DONE, 1085), "1,085"), (Stage("lines", StageState.DONE), "done"),
        (Stage("graded", StageState.PARTIAL, 271, 272), "271 of 272"),
        (Stage("graded", StageState.FAILED, 0, 59), "0 of 59"), (Stage("graded", StageState.FAILED), "failed"),
        (Stage("graded", WAITING), "to come"), (Stage("graded", LATE), "late"),
        (Stage("graded", StageState.NOT_RUN), "not run"), (Stage("lines", StageState.EMPTY, 0), "none"),
    ],
)  # fmt: skip
def test_a_stage_in_words_never_shows_nought_for_what_is_unknown(stage: Stage, words: str) -> None:
    assert str(stage) == words


def test_games_that_owe_nothing_or_are_to_come_do_not_hide_what_others_have() -> None:
    done, none, to_come = (
        Stage("lines", StageState.DONE, 51),
        Stage("lines", StageState.EMPTY, 0),
        Stage("lines", WAITING),
    )
    assert [str(standing.over_games([done, other])) for other in (none, to_come)] == ["51", "51 so far"]
    assert [str(standing.over_games([other, other])) for other in (none, to_come)] == ["none", "to come"]


@pytest.mark.parametrize(
    ("people", "features", "state"),
    [
        (0, None, LATE),
        (0, cell(StepState.FAILED, 5, 0), LATE),
        (0, cell(StepState.EMPTY_OK, 0, 0, "nobody to forecast"), StageState.EMPTY),
        (2, cell(StepState.EMPTY_OK, 0, 0), StageState.DONE),
    ],
)
def test_a_game_lacks_its_participants_unless_features_were_built_for_nobody(
    people: int, features: ExpectedOutput | None, state: StageState
) -> None:
    assert standing.of_people(people, features, LATE).state is state


def test_notes_are_added_only_for_something() -> None:
    stage = Stage("decided", StageState.DONE, 5, 5, "late")
    assert stage.noting(0, "bets") is stage
    assert stage.noting(2, "bets").note == "late; 2 bets"


def test_yesterday_is_recent_by_the_eastern_calendar() -> None:
    night = datetime(2025, 10, 26, 3, tzinfo=UTC)  # still the 25th in the East
    assert standing.is_recent(DAY, night)
    assert not standing.is_recent(DAY.plus(-1), night)
