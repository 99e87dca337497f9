"""`events`: the union of what was played, scheduled and quoted, as of the frames given."""

from datetime import timedelta

import polars as pl
import pytest

from propcast.analytics.nba.events import nba_events
from propcast.tables.analytics import EVENTS
from propcast.tables.contract import split
from tests.league import nba, nba_quotes
from tests.league.nba import League


@pytest.fixture(scope="module")
def events(league: League) -> pl.DataFrame:
    return nba_events(league.team_box, league.schedule, league.vendor_events)


def row(events: pl.DataFrame, event: str) -> dict[str, object]:
    return events.row(by_predicate=pl.col("event_id") == event, named=True)


def test_every_game_appears_once(events: pl.DataFrame) -> None:
    """Played, Cup final and the quoted game that was never played."""
    assert events["event_id"].n_unique() == events.height == len(nba.games()) + 2
    assert split(EVENTS, events).bad.is_empty()


def test_the_vendors_start_wins_and_the_league_is_ten_minutes_earlier(league: League, events: pl.DataFrame) -> None:
    """`starts_at`: commence time, else the league's plus ten minutes, else null."""
    quoted, unquoted = nba_quotes.quoted_games()[0], nba.games()[0]
    moved = league.vendor_events.with_columns(pl.col("starts_at") + timedelta(minutes=25))
    later = nba_events(league.team_box, league.schedule, moved)
    assert row(events, quoted.event_id)["starts_at"] == quoted.starts_at + timedelta(minutes=10)
    assert row(later, quoted.event_id)["starts_at"] == quoted.starts_at + timedelta(minutes=35)
    assert row(later, unquoted.event_id)["starts_at"] == unquoted.starts_at + timedelta(minutes=10)
    assert row(events, nba.CUP_FINAL)["starts_at"] is None


def test_the_last_word_of_the_vendor_counts(league: League) -> None:
    """A later state of the same vendor event replaces its start."""
    newer = league.vendor_events.with_columns(
        pl.col("observed_at") + timedelta(hours=20), pl.col("starts_at") + timedelta(minutes=5)
    )
    events = nba_events(league.team_box, league.schedule, pl.concat([newer, league.vendor_events]))
    game = nba_quotes.quoted_games()[0]
    assert row(events, game.event_id)["starts_at"] == game.starts_at + timedelta(minutes=15)


def test_a_quoted_game_without_box_is_unplayed_once_later_games_are_final(league: League, events: pl.DataFrame) -> None:
    """And only scheduled in frames that end before it."""
    assert row(events, nba.UNPLAYED)["status"] == "unplayed"
    day = nba_quotes.unplayed_game().day
    before = nba_events(league.team_box.filter(pl.col("game_day") < day), league.schedule, league.vendor_events)
    assert row(before, nba.UNPLAYED)["status"] == "scheduled"


def test_a_game_missing_from_the_schedule_comes_from_its_box(league: League, events: pl.DataFrame) -> None:
    """Seven real games are in no schedule file."""
    event = nba.games()[0].event_id
    found = nba_events(league.team_box, league.schedule.filter(pl.col("event_id") != event), league.vendor_events)
    facts = ("season", "season_type", "game_day", "home", "away", "status")
    assert [row(found, event)[f] for f in facts] == [row(events, event)[f] for f in facts]


@pytest.mark.proves("E1")
def test_input_order_changes_nothing(league: League, events: pl.DataFrame) -> None:
    """Reversed frames give the same events."""
    assert nba_events(*(f.reverse() for f in (league.team_box, league.schedule, league.vendor_events))).equals(events)


def test_on_a_neutral_floor_the_vendor_says_who_is_listed_as_host_and_else_the_alphabet(
    league: League, events: pl.DataFrame
) -> None:
    quoted, unquoted = nba_quotes.quoted_games()[0], nba.games()[0]
    box = league.team_box.with_columns(pl.lit(value=False).alias("is_home"))
    schedule = league.schedule.filter(~pl.col("event_id").is_in([quoted.event_id, unquoted.event_id]))
    found = nba_events(box, schedule, league.vendor_events)
    assert sides_of(found, quoted.event_id) == sides_of(events, quoted.event_id)
    assert sides_of(found, unquoted.event_id) == sorted(sides_of(events, unquoted.event_id), reverse=True)
    assert row(found, quoted.event_id)["is_neutral"]
    assert nba_events(box.sample(fraction=1, shuffle=True, seed=1), schedule, league.vendor_events).equals(found)


def sides_of(events: pl.DataFrame, event: str) -> list[str]:
    return [str(row(events, event)[side]) for side in ("home", "away")]
