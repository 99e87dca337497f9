"""How values and days are told: what is missing is a dash, and a quiet day is said to be quiet."""

from datetime import UTC, date, datetime, timedelta

import pytest

from propcast.apps.console import wording
from propcast.apps.console.drawing import bars, spread
from propcast.apps.console.headline import headline
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.calendar import DayKind, Outlook

DAY = GameDay.parse("2025-10-24")
NOW = datetime(2025, 10, 24, 19, 26, tzinfo=UTC)
START = datetime(2025, 10, 24, 22, 40, tzinfo=UTC)
NEXT = GameDay.parse("2025-10-30")


@pytest.mark.proves("L40", "X2")
@pytest.mark.parametrize(
    "tell", [wording.number, wording.line, wording.percent, wording.signed_percent, wording.signed, wording.american,
             wording.book, wording.eastern, wording.utc, wording.clock]
)  # fmt: skip
def test_what_is_missing_is_a_dash_and_no_number(tell) -> None:  # type: ignore[no-untyped-def]
    assert tell(None) == "–"


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (wording.number(1234.5, 1), "1,234.5"), (wording.number(-0.04, 1), "0.0"), (wording.number(float("nan")), "–"),
        (wording.percent(0.4053), "40.5 %"), (wording.signed_percent(0.042), "+4.2 %"),
        (wording.signed_percent(-0.048), "−4.8 %"), (wording.signed_percent(0.0001), "0.0 %"),
        (wording.american(115), "+115"), (wording.american(-103), "−103"), (wording.line(31.5), "31.5"),
        (wording.market("points_rebounds_assists"), "Pts + reb + ast"), (wording.market("threes"), "Threes"),
        (wording.book("betonlineag"), "BetOnline.ag"), (wording.book("sim_north"), "Sim North"),
        (wording.reason("EV_TOO_SMALL"), "EV too small"), (wording.reason("EDGE_TOO_SMALL"), "edge too small"),
        (wording.reason("DFS_ONLY"), "DFS only"), (wording.sentence("edge too small"), "Edge too small"),
        (wording.day(DAY), "Friday 24 October 2025"), (wording.short_day(date(2025, 10, 4)), "Sat 4 Oct"),
        (wording.eastern(START), "6:40 PM ET"), (wording.eastern(datetime(2025, 1, 1, 17, tzinfo=UTC)), "12:00 PM ET"),
        (wording.clock_of(START, DAY), "22:40:00 UTC"), (wording.clock_of(START, NEXT), "2025-10-24 22:40:00 UTC"),
        (wording.ago(NOW, START), "3 h 14 min ago"), (wording.ago(START, NOW), "in 3 h 14 min"),
        (wording.ago(None, NOW), "never"), (wording.plural(1, "game"), "1 game"),
        (wording.plural(1200, "game"), "1,200 games"),
    ],
)  # fmt: skip
def test_values_in_words(told: str, words: str) -> None:
    assert told == words


@pytest.mark.parametrize(
    ("length", "words"),
    [(timedelta(seconds=9), "9 s"), (timedelta(minutes=61), "1 h 1 min"), (timedelta(hours=2), "2 h"),
     (timedelta(hours=25), "1 day 1 h"), (timedelta(days=397), "397 days"), (timedelta(seconds=-5), "0 s")],
)  # fmt: skip
def test_lengths_have_their_two_largest_units(length: timedelta, words: str) -> None:
    assert wording.span(length) == words


def test_what_is_to_be_typed_is_drawn_apart_and_nothing_else_gets_through() -> None:
    assert wording.commands("run `propcast <day>` & wait") == "run <code>propcast &lt;day&gt;</code> &amp; wait"


def test_a_day_of_another_year_has_its_year() -> None:
    assert wording.short_day(DAY, NEXT) == "Fri 24 Oct"
    assert wording.short_day(DAY, GameDay.parse("2026-01-01")) == "Fri 24 Oct 2025"


def outlook(sport: Sport, kind: DayKind, games: int = 0, next_start: datetime | None = None,
            first: datetime | None = None, **days: GameDay | None) -> Outlook:  # fmt: skip
    return Outlook(sport, DAY, kind, games, first, next_start, days.get("last"), days.get("next"), is_simulated=False)


def test_a_day_with_games_says_how_many_and_when() -> None:
    words = headline(
        [outlook(Sport.NBA, DayKind.GAMES, 12, START, START), outlook(Sport.MLB, DayKind.OFF_SEASON, next=NEXT)],
        NOW, is_today=True,
    )  # fmt: skip
    assert words.title == "12 NBA games today"
    assert words.lead == "First start in 3 h 14 min, at 6:40 PM ET."
    assert words.others == ("MLB: off-season; next slate Thursday 30 October 2025",)


@pytest.mark.parametrize(
    ("next_start", "first", "lead"),
    [
        (START, NOW - timedelta(hours=1), "Next start in 3 h 14 min, at 6:40 PM ET."),
        (None, NOW - timedelta(hours=1), "All have started; the first did 1 h ago, at 2:26 PM ET."),
        (None, None, "Starts are not known."),
    ],
)
def test_the_next_start_is_told_apart_from_the_first(
    next_start: datetime | None, first: datetime | None, lead: str
) -> None:
    assert headline([outlook(Sport.NBA, DayKind.GAMES, 1, next_start, first)], NOW, is_today=True).lead == lead


@pytest.mark.parametrize(
    ("kinds", "title"),
    [
        ((DayKind.NO_GAMES, DayKind.OFF_SEASON), "No games today"), ((DayKind.OFF_SEASON,) * 2, "Off-season"),
        ((DayKind.UNKNOWN, DayKind.OFF_SEASON), "Nothing is known of today"),
        ((DayKind.NO_GAMES, DayKind.UNKNOWN), "No games today"),
    ],
)  # fmt: skip
def test_a_quiet_day_is_said_to_be_quiet(kinds: tuple[DayKind, DayKind], title: str) -> None:
    quiet = [outlook(sport, kind) for sport, kind in zip(Sport, kinds, strict=True)]
    words = headline(quiet, NOW, is_today=True)
    assert (words.title, words.lead) == (title, "")
    assert len(words.others) == 2


def test_past_the_end_of_a_schedule_the_end_is_named() -> None:
    (line,) = headline([outlook(Sport.NBA, DayKind.UNKNOWN, last=DAY)], NOW, is_today=False).others
    assert line == "NBA: the schedule that is stored ends on Friday 24 October 2025"


QUANTILES = {"q10": 10.0, "q25": 20.0, "q50": 25.0, "q75": 30.0, "q90": 40.0, "line": 24.5}


def test_a_forecast_is_drawn_in_order_and_inside() -> None:
    drawn = spread(QUANTILES, 50.0, 100.0)
    assert drawn is not None
    places = [drawn.low, drawn.quarter, drawn.median, drawn.three_quarters, drawn.high]
    assert places == sorted(places)
    assert drawn.line is not None
    assert drawn.quarter < drawn.line < drawn.median
    assert all(0 <= place <= 100 for place in places)


def test_nothing_is_drawn_of_what_is_not_there() -> None:
    assert spread({**QUANTILES, "q50": None}, 50.0) is None
    without = spread({**QUANTILES, "line": None}, 50.0)
    assert without is not None
    assert without.line is None


def test_bars_begin_at_nought_and_use_the_room() -> None:
    up = bars({"a": 2.0, "b": 1.0}, 100)
    assert [(bar.start, bar.length, bar.axis) for bar in up] == [(0.0, 100.0, 0.0), (0.0, 50.0, 0.0)]
    both = bars({"a": 1.0, "b": -2.0}, 100)
    assert [(bar.name, bar.start, bar.length) for bar in both] == [("b", 0.0, 50.0), ("a", 50.0, 25.0)]
    assert bars({}, 100) == []
