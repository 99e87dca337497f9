"""Teams and the ways in which vendors spell them."""

from zoneinfo import ZoneInfo

import polars as pl
import pytest

from propcast.core.errors import InputError
from propcast.core.sport import Sport
from propcast.core.teams import TEAMS, ZONES, Roof, abbreviation, arenas, franchise, team, teams_of


@pytest.mark.parametrize("sport", list(Sport))
def test_a_league_has_thirty_teams_that_differ(sport: Sport) -> None:
    teams = teams_of(sport)
    assert len({t.abbr for t in teams}) == len({t.league_id for t in teams}) == len({t.name for t in teams}) == 30


def test_every_zone_exists() -> None:
    assert {t.zone for t in TEAMS} <= set(ZONES)
    assert all(ZoneInfo(zone) for zone in ZONES)


@pytest.mark.parametrize(
    ("sport", "spelling", "abbr"),
    [
        (Sport.NBA, "GSW", "GSW"),
        (Sport.NBA, "GS", "GSW"),
        (Sport.NBA, "GoldenStateWarriors", "GSW"),
        (Sport.NBA, "Los Angeles Clippers", "LAC"),
        (Sport.NBA, "LA Clippers", "LAC"),
        (Sport.NBA, "BRK", "BKN"),
        (Sport.NBA, "CHO", "CHA"),
        (Sport.NBA, "PHO", "PHX"),
        (Sport.NBA, "WSH", "WAS"),
        (Sport.NBA, "utah", "UTA"),
        (Sport.NBA, "NOK", "NOP"),
        (Sport.NBA, "SEA", "OKC"),
        (Sport.MLB, "SEA", "SEA"),
        (Sport.MLB, "Oakland Athletics", "ATH"),
        (Sport.MLB, "St. Louis Cardinals", "STL"),
        (Sport.MLB, "CHW", "CWS"),
        (Sport.MLB, "cha", "CWS"),
        (Sport.MLB, "WAS", "WSH"),
        (Sport.MLB, "ARI", "AZ"),
        (Sport.MLB, "nya", "NYY"),
        (Sport.MLB, "TBR", "TB"),
    ],
)
def test_vendor_spellings_meet_one_team(sport: Sport, spelling: str, abbr: str) -> None:
    assert team(sport, spelling).abbr == abbr
    assert pl.select(abbreviation(sport, pl.lit(spelling))).item() == abbr


def test_no_two_teams_share_a_spelling() -> None:
    for sport in Sport:
        texts = [(text.casefold(), t.abbr) for t in teams_of(sport) for text in (t.abbr, t.name, *t.aliases)]
        assert len({text for text, _ in texts}) == len(set(texts))


def test_league_ids_are_the_leagues_own() -> None:
    assert (team(Sport.NBA, "ATL").league_id, team(Sport.MLB, "NYY").league_id) == (1610612737, 147)


def test_an_unknown_team_is_refused_or_null_never_guessed() -> None:
    with pytest.raises(InputError, match="unknown NBA team 'Bostn Celtics'; did you mean 'bostonceltics'"):
        team(Sport.NBA, "Bostn Celtics")
    column = pl.DataFrame({"name": ["Boston Celtics", "Team LeBron", None]})
    assert column.select(abbreviation(Sport.NBA, pl.col("name")))["name"].to_list() == ["BOS", None, None]


def test_arenas_of_the_nba_have_places_and_parks_have_roofs() -> None:
    assert arenas(Sport.NBA).null_count().sum_horizontal().item() == 0
    assert team(Sport.MLB, "TB").roof is Roof.FIXED
    assert team(Sport.MLB, "COL").roof is Roof.OPEN
    assert team(Sport.NBA, "DEN").roof is None


def test_a_copy_of_a_team_plays_where_its_original_does() -> None:
    codes = pl.DataFrame({"code": ["BOS", "BOS~7", "CWS~499", None]})
    assert codes.select(franchise(pl.col("code"))).to_series().to_list() == ["BOS", "BOS", "CWS", None]
