"""The fictional league obeys the raw contracts and holds the cases that other tests rely on."""

import polars as pl
import pytest

from propcast.tables import raw
from propcast.tables.contract import split
from propcast.tables.schema import Table
from tests.league import nba, nba_quotes
from tests.league.nba import nba_league

TABLES = {
    "schedule": raw.RAW_NBA_SCHEDULE,
    "player_box": raw.RAW_NBA_PLAYER_BOX,
    "team_box": raw.RAW_NBA_TEAM_BOX,
    "shots": raw.RAW_NBA_SHOTS,
    "zones_season": raw.RAW_NBA_SHOT_ZONES_SEASON,
    "vendor_events": raw.RAW_VENDOR_EVENTS,
    "quotes": raw.RAW_QUOTES,
    "polls": raw.RAW_QUOTE_POLLS,
}


@pytest.mark.parametrize(("name", "table"), TABLES.items(), ids=TABLES)
def test_every_frame_obeys_its_contract(name: str, table: Table) -> None:
    """All raw frames are writable as they are."""
    assert split(table, getattr(nba_league(), name)).bad.is_empty()


def test_the_in_play_quote_is_refused() -> None:
    """A quote seen after the start breaks the contract."""
    assert split(raw.RAW_QUOTES, nba_league().in_play_quotes).bad.height == 1


def test_players_add_up_to_their_teams() -> None:
    """Points of a side's players equal the team's, in every game with player rows."""
    league = nba_league()
    players = league.player_box.group_by("event_id", "team").agg(pl.col("pts").sum().alias("of_players"))
    joined = players.join(league.team_box, on=["event_id", "team"])
    assert joined.height == 2 * len(nba.games())
    assert (joined["of_players"] == joined["pts"]).all()


def test_one_row_does_not_add_up() -> None:
    """Exactly one player row has 2·FGM + FG3M + FTM ≠ PTS."""
    slip = 2 * pl.col("fgm") + pl.col("fg3m") + pl.col("ftm") != pl.col("pts")
    assert nba_league().player_box.filter(slip)["player_id"].to_list() == [601]


def test_no_team_plays_twice_on_a_day() -> None:
    """A team has at most one game per game day."""
    assert not nba_league().team_box.select("team", "game_day").is_duplicated().any()


def test_the_awkward_quotes_are_there() -> None:
    """A push, a one-sided and a crossed quote, a stranger, a debutant, a scratch and a game never played."""
    league = nba_league()
    quotes = league.quotes
    pushes = quotes.filter(pl.col("subject") == f"nba:{nba_quotes.PUSHED}", pl.col("line") % 1 == 0)
    assert pushes["book"].n_unique() == len(nba_quotes.SPORTSBOOKS)
    assert quotes.filter(pl.col("under_price").is_null()).height > 0
    assert quotes.filter(pl.col("over_price") > 0, pl.col("under_price") > 0).height > 0
    assert quotes["is_alternate"].any()
    for player in (nba.STRANGER, nba.DEBUTANT, nba.SCRATCHED):
        assert f"nba:{player}" in quotes["subject"].to_list()
    played = set(league.team_box["event_id"])
    assert set(quotes["event_id"]) - played == {nba.UNPLAYED}
