"""Ages: what is old is judged by what the calendar expects, and a quiet day is quiet."""

from datetime import UTC, datetime, timedelta

import pytest

from propcast.backends.compose import Backends
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.ages import AgeState, Moments, ages, read_moments
from propcast.pipeline.calendar import DayKind, Outlook
from tests.pipeline.conftest import NBA_DAY, NOW

DAY = GameDay.parse("2025-10-24")
START = datetime(2025, 10, 24, 23, tzinfo=UTC)
NEVER = Moments(None, None, None, None)


def day(game_day: GameDay = DAY, kind: DayKind = DayKind.GAMES, next_start: datetime | None = START) -> Outlook:
    start = START if kind is DayKind.GAMES else None
    return Outlook(Sport.NBA, game_day, kind, 3, start, next_start, None, None, is_simulated=False)


def states(moments: Moments, now: datetime, today: Outlook | None = None, before: Outlook | None = None) -> list[str]:
    found = ages(today or day(), before or day(DAY.plus(-1)), moments, now)
    return [f"{age.what} {age.state}" for age in found]


def test_nothing_is_late_before_it_is_expected() -> None:
    early = START - timedelta(hours=5)
    assert states(NEVER, early)[:3] == ["quotes waiting", "features waiting", "slate waiting"]
    assert states(NEVER, early + timedelta(seconds=1))[:3] == ["quotes late", "features late", "slate late"]


@pytest.mark.parametrize(
    ("lead", "age", "state"),
    [(8, 89, "fresh"), (8, 91, "stale"), (3, 44, "fresh"), (3, 46, "stale"), (1, 21, "stale"), (1, 19, "fresh")],
)
def test_quotes_must_be_the_fresher_the_nearer_the_start(lead: int, age: int, state: str) -> None:
    now = START - timedelta(hours=lead)
    seen = Moments(now - timedelta(minutes=age), None, None, None)
    assert states(seen, now)[0] == f"quotes {state}"


def test_a_slate_does_not_get_stale_by_itself() -> None:
    now = START - timedelta(minutes=5)
    assert states(Moments(None, None, now - timedelta(hours=9), None), now)[2] == "slate fresh"


def test_when_all_games_have_started_the_day_is_over() -> None:
    assert states(NEVER, START + timedelta(hours=1), day(next_start=None))[:3] == [
        "quotes past", "features past", "slate past",
    ]  # fmt: skip


@pytest.mark.proves("L50")
@pytest.mark.parametrize("kind", [DayKind.NO_GAMES, DayKind.OFF_SEASON, DayKind.UNKNOWN])
def test_a_day_without_games_expects_nothing(kind: DayKind) -> None:
    quiet = day(kind=kind, next_start=None)
    before = day(DAY.plus(-1), kind, None)
    assert {each.state for each in ages(quiet, before, NEVER, START)} == {AgeState.QUIET}


def test_grades_of_yesterday_are_late_from_ten_eastern_on() -> None:
    ten = datetime(2025, 10, 24, 14, tzinfo=UTC)
    assert states(NEVER, ten - timedelta(seconds=1))[3] == "grades waiting"
    assert states(NEVER, ten)[3] == "grades late"
    assert states(Moments(None, None, None, ten), ten)[3] == "grades fresh"


def test_grades_of_old_history_are_not_late() -> None:
    assert states(NEVER, START + timedelta(days=300))[3] == "grades past"


def test_moments_are_read_from_polls_runs_and_the_pointer(graded_home: Backends) -> None:
    found = read_moments(graded_home, Sport.NBA, NBA_DAY)
    assert found.quotes is not None
    assert found.quotes < NOW
    assert (found.features, found.slate) == (NOW, NOW)
    assert found.grades is None  # there were no games the day before
    assert read_moments(graded_home, Sport.NBA, NBA_DAY.plus(1)).grades == NOW


def test_quotes_of_the_future_are_not_known_yet(played_home: Backends) -> None:
    played_home.clock.instant = datetime(2024, 12, 1, tzinfo=UTC)  # type: ignore[attr-defined]
    assert read_moments(played_home, Sport.NBA, NBA_DAY).quotes is None
