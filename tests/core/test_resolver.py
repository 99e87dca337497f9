"""The line resolver: nothing later than `as_of`, nothing in play, nothing stale or withdrawn."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from propcast.core.lines import IMPORTED, LIVE, event_as_of, line_at, line_states, reasons_without_line
from tests.core.builders import (
    DAY,
    EVENT,
    NOON,
    START,
    Row,
    events,
    minutes_before,
    moment,
    poll,
    polls,
    quote,
    quotes,
)

LATE = minutes_before(5)


def in_force(rows: list[Row], at: datetime = NOON, asked: list[Row] | None = None) -> list[tuple[object, ...]]:
    found = line_at(quotes(*rows), polls(*(asked or [poll(), poll(LATE)])), moment(at))
    return found.select("book", "line", "over_price").rows()


def why_not(rows: list[Row], at: datetime = NOON, asked: list[Row] | None = None) -> list[str]:
    states = line_states(quotes(*rows), polls(*(asked or [poll(), poll(LATE)])), moment(at))
    missing = reasons_without_line(states)
    return [] if missing.is_empty() else missing["reasons"].to_list()[0]


def test_an_event_is_forecast_at_its_newest_poll_before_the_start() -> None:
    asked = polls(poll(NOON), poll(LATE), poll(START), poll(START + timedelta(minutes=4)))
    assert event_as_of(events(), asked)["as_of"].to_list() == [LATE]


def test_an_event_without_polls_is_forecast_an_hour_before_the_start() -> None:
    assert event_as_of(events(), polls())["as_of"].to_list() == [START - timedelta(hours=1)]


def test_an_event_without_start_is_forecast_at_16_utc_of_its_game_day() -> None:
    expected = datetime(DAY.year, DAY.month, DAY.day, 16, tzinfo=UTC)
    assert event_as_of(events(starts_at=None), polls(poll()))["as_of"].to_list() == [expected]


def test_an_override_moves_every_event() -> None:
    assert event_as_of(events(), polls(poll()), NOON + timedelta(hours=1))["as_of"].to_list() == [
        NOON + timedelta(hours=1)
    ]


@pytest.mark.proves("L38", "E5")
def test_a_quote_observed_after_as_of_does_not_exist_yet() -> None:
    rows = [quote(over=-110), quote(over=-140, observed_at=LATE)]
    assert in_force(rows) == [("alpha", 20.5, -110)]
    assert in_force(rows, LATE) == [("alpha", 20.5, -140)]


@pytest.mark.proves("L38", "E5")
def test_an_in_play_quote_never_passes() -> None:
    live = START + timedelta(minutes=3)
    rows = [quote(observed_at=live), quote("beta", observed_at=START)]
    assert in_force(rows, START + timedelta(minutes=4), [poll(live), poll(START)]) == []


@pytest.mark.proves("L38", "E5")
def test_no_quote_is_in_force_once_the_game_has_started() -> None:
    assert in_force([quote()], START) == []
    assert why_not([quote()], START) == ["GAME_STARTED"]


def test_the_start_is_the_one_last_known() -> None:
    """Moved earlier: the old quote must not stand after the new start. Moved later: it stands on."""
    earlier = [quote(), quote("beta", observed_at=minutes_before(90), starts_at=minutes_before(60))]
    assert in_force(earlier, minutes_before(30), [poll(), poll(minutes_before(90))]) == []
    delayed = START + timedelta(minutes=40)
    later = [quote(), quote("beta", observed_at=LATE, starts_at=delayed)]
    assert in_force(later, START + timedelta(minutes=10)) == [("alpha", 20.5, -110), ("beta", 20.5, -110)]


@pytest.mark.proves("L38", "E5")
def test_a_quote_seen_at_its_own_start_stays_in_play_when_the_game_is_delayed() -> None:
    delayed = START + timedelta(minutes=40)
    rows = [quote(observed_at=START), quote("beta", observed_at=START + timedelta(minutes=2), starts_at=delayed)]
    asked = [poll(START + timedelta(minutes=2))]
    assert in_force(rows, START + timedelta(minutes=10), asked) == [("beta", 20.5, -110)]


def test_of_two_starts_told_at_once_the_earlier_one_counts() -> None:
    rows = [quote(starts_at=minutes_before(30)), quote("beta")]
    assert in_force(rows, minutes_before(20), [poll()]) == []


def test_an_unknown_start_or_time_makes_a_quote_unusable() -> None:
    assert in_force([quote(starts_at=None)]) == []
    assert why_not([quote(starts_at=None)]) == ["START_TIME_UNKNOWN"]
    assert in_force([quote(observed_at=None)]) == []


def test_a_withdrawn_offer_does_not_fall_back_to_its_earlier_state() -> None:
    rows = [quote(), quote(observed_at=LATE, is_open=False)]
    assert in_force(rows, LATE) == []
    assert why_not(rows, LATE) == ["LINE_WITHDRAWN"]


def test_an_unchanged_quote_stands_while_its_book_answers() -> None:
    """Trap: judging freshness by the age of the last change."""
    assert in_force([quote()], LATE) == [("alpha", 20.5, -110)]


def test_a_book_missing_from_the_newest_poll_is_stale() -> None:
    rows = [quote(), quote("beta")]
    asked = [poll(), poll(LATE, "beta")]
    assert in_force(rows, LATE, asked) == [("beta", 20.5, -110)]
    assert why_not([quote()], LATE, asked) == ["LINE_STALE"]


def test_polls_of_another_source_or_market_say_nothing() -> None:
    asked = [poll(), poll(LATE, "beta", source="other"), poll(LATE, "beta", market="assists")]
    assert in_force([quote()], LATE, asked) == [("alpha", 20.5, -110)]


@pytest.mark.parametrize(
    ("lead", "age", "stands"),
    [
        (400, 90, True),
        (400, 91, False),
        (360, 90, True),
        (359, 46, False),
        (120, 45, True),
        (119, 21, False),
        (30, 20, True),
        (29, 11, False),
        (29, 10, True),
    ],
)
def test_a_live_quote_ages_faster_towards_the_start(lead: int, age: int, *, stands: bool) -> None:
    seen = minutes_before(lead + age)
    found = line_at(quotes(quote(observed_at=seen)), polls(poll(seen)), moment(minutes_before(lead)), LIVE)
    assert found.height == int(stands)


def test_imported_history_is_fresh_at_its_newest_poll_however_old() -> None:
    assert line_at(quotes(quote()), polls(poll()), moment(minutes_before(1)), IMPORTED).height == 1


def test_lines_are_keys_of_their_own() -> None:
    """Trap: 24.5 cast to an integer merges with 25."""
    rows = [quote(line=24.5), quote(line=25.0), quote(line=25.5)]
    assert [row[1] for row in in_force(rows)] == [24.5, 25.0, 25.5]


times = st.integers(0, 12)
states: st.SearchStrategy[Row] = st.builds(
    dict,
    book=st.sampled_from(["alpha", "beta"]),
    line=st.sampled_from([19.5, 20.5]),
    subject=st.sampled_from(["nba:1", "nba:2"]),
    seen=times,
    starts=st.sampled_from([7, 9, None]),
    is_open=st.booleans(),
)
answers = st.tuples(times, st.sets(st.sampled_from(["alpha", "beta"])))


def hour(value: int) -> datetime:
    return NOON + timedelta(hours=value)


@settings(max_examples=60)
@given(rows=st.lists(states, max_size=14), asked=st.lists(answers, max_size=6), at=times, seed=st.integers(0, 99))
def test_the_resolver_agrees_with_a_brute_force_oracle(
    rows: list[Row], asked: list[tuple[int, set[str]]], at: int, seed: int
) -> None:
    """And the order of the input rows changes nothing."""
    unique = {(r["subject"], r["book"], r["line"], r["seen"]): r for r in rows}.values()
    given_quotes = quotes(*(_as_quote(r) for r in unique))
    given_polls = polls(*(poll(hour(t), *(sorted(books) or ["nobody"])) for t, books in asked))
    expected = _oracle([*unique], asked, at)
    found = line_at(given_quotes, given_polls, moment(hour(at)))
    shuffled = line_at(given_quotes.sample(fraction=1, shuffle=True, seed=seed), given_polls, moment(hour(at)))
    assert set(found["quote_id"]) == expected
    assert found.equals(shuffled)


def _as_quote(r: Row) -> Row:
    seen, starts = r["seen"], r["starts"]
    assert isinstance(seen, int)
    begins = hour(starts) if isinstance(starts, int) else None
    identity = f"{r['subject']}|{r['book']}|{r['line']}|{seen}"
    return quote(r["book"], r["line"], quote_id=identity, subject=r["subject"], observed_at=hour(seen),
                 starts_at=begins, is_open=r["is_open"])  # fmt: skip


def _oracle(rows: list[Row], asked: list[tuple[int, set[str]]], at: int) -> set[str]:
    known = [r for r in rows if r["seen"] <= at and (r["starts"] is None or r["seen"] < r["starts"])]
    timed = [r for r in known if r["starts"] is not None]
    newest_poll = max((t for t, _ in asked if t <= at), default=None)
    if not timed or newest_poll is None:
        return set()
    last = max(r["seen"] for r in timed)
    start = min(r["starts"] for r in timed if r["seen"] == last)
    chosen = set()
    for r in known:
        same = [o for o in known if (o["subject"], o["book"], o["line"]) == (r["subject"], r["book"], r["line"])]
        is_latest = all(o["seen"] <= r["seen"] for o in same)
        answered = max((t for t, books in asked if t <= at and r["book"] in books), default=-1)
        is_fresh = max(answered, r["seen"]) >= newest_poll
        if is_latest and is_fresh and at < start and r["starts"] is not None and r["is_open"]:
            chosen.add(f"{r['subject']}|{r['book']}|{r['line']}|{r['seen']}")
    return chosen


def test_events_do_not_see_each_others_moments() -> None:
    other = "nba:0022400501"
    both = quotes(quote(observed_at=LATE), quote(event_id=other, observed_at=LATE))
    moments = pl.concat([moment(NOON), moment(LATE, other)])
    found = line_at(both, polls(poll(LATE), poll(LATE, event_id=other)), moments)
    assert found["event_id"].to_list() == [other] != [EVENT]
