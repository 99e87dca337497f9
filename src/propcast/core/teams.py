"""Teams of both leagues: canonical abbreviation, league id, home zone, arena, and the spellings that vendors use.

A venue comes from the game, not from the home team; these are the home arenas (DOMAIN 2.3, 2.4).
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

import polars as pl

from propcast.core.errors import InputError, did_you_mean
from propcast.core.identity import name_key
from propcast.core.sport import Sport

EASTERN: Final = "America/New_York"
DETROIT: Final = "America/Detroit"
INDIANAPOLIS: Final = "America/Indiana/Indianapolis"
TORONTO: Final = "America/Toronto"
CENTRAL: Final = "America/Chicago"
MOUNTAIN: Final = "America/Denver"
PACIFIC: Final = "America/Los_Angeles"
ARIZONA: Final = "America/Phoenix"  # no daylight saving

ZONES: Final = (EASTERN, DETROIT, INDIANAPOLIS, TORONTO, CENTRAL, MOUNTAIN, PACIFIC, ARIZONA)

_NBA_ID_BASE = 1610612700

COPY_MARK: Final = "~"
"""Separates a team's code from the number of a copy: `BOS~7` is a simulated team that plays where BOS does."""


class Roof(StrEnum):
    """What is over a ballpark."""

    OPEN = "open"
    RETRACTABLE = "retractable"
    FIXED = "fixed"


@dataclass(frozen=True)
class Team:
    """One team of one league.

    Attributes:
        sport: the league.
        abbr: our canonical abbreviation.
        name: the league's full name of it.
        league_id: the league's numeric id.
        zone: IANA zone of the home arena.
        lat: degrees north of the home arena, where the domain lists it (NBA).
        lon: degrees east.
        roof: what is over the home park (MLB).
        aliases: other codes and names in use, past ones included.
    """

    sport: Sport
    abbr: str
    name: str
    league_id: int
    zone: str
    lat: float | None = None
    lon: float | None = None
    roof: Roof | None = None
    aliases: tuple[str, ...] = ()


def _nba(abbr: str, name: str, number: int, zone: str, lat: float, lon: float, *aliases: str) -> Team:
    return Team(Sport.NBA, abbr, name, _NBA_ID_BASE + number, zone, lat, lon, aliases=aliases)


def _mlb(abbr: str, name: str, league_id: int, zone: str, roof: Roof, *aliases: str) -> Team:
    return Team(Sport.MLB, abbr, name, league_id, zone, roof=roof, aliases=aliases)


TEAMS: Final = (
    _nba("ATL", "Atlanta Hawks", 37, EASTERN, 33.757, -84.396),
    _nba("BKN", "Brooklyn Nets", 51, EASTERN, 40.683, -73.975, "BRK", "NJN", "New Jersey Nets"),
    _nba("BOS", "Boston Celtics", 38, EASTERN, 42.366, -71.062),
    _nba("CHA", "Charlotte Hornets", 66, EASTERN, 35.225, -80.839, "CHO"),
    _nba("CHI", "Chicago Bulls", 41, CENTRAL, 41.881, -87.674),
    _nba("CLE", "Cleveland Cavaliers", 39, EASTERN, 41.497, -81.688),
    _nba("DAL", "Dallas Mavericks", 42, CENTRAL, 32.790, -96.810),
    _nba("DEN", "Denver Nuggets", 43, MOUNTAIN, 39.749, -105.008),
    _nba("DET", "Detroit Pistons", 65, DETROIT, 42.341, -83.055),
    _nba("GSW", "Golden State Warriors", 44, PACIFIC, 37.768, -122.388, "GS"),
    _nba("HOU", "Houston Rockets", 45, CENTRAL, 29.751, -95.362),
    _nba("IND", "Indiana Pacers", 54, INDIANAPOLIS, 39.764, -86.156),
    _nba("LAC", "LA Clippers", 46, PACIFIC, 33.944, -118.343, "Los Angeles Clippers"),
    _nba("LAL", "Los Angeles Lakers", 47, PACIFIC, 34.043, -118.267),
    _nba("MEM", "Memphis Grizzlies", 63, CENTRAL, 35.138, -90.051),
    _nba("MIA", "Miami Heat", 48, EASTERN, 25.781, -80.187),
    _nba("MIL", "Milwaukee Bucks", 49, CENTRAL, 43.045, -87.917),
    _nba("MIN", "Minnesota Timberwolves", 50, CENTRAL, 44.979, -93.276),
    _nba("NOP", "New Orleans Pelicans", 40, CENTRAL, 29.949, -90.082, "NO", "NOH", "NOK", "New Orleans Hornets"),
    _nba("NYK", "New York Knicks", 52, EASTERN, 40.751, -73.994, "NY"),
    _nba("OKC", "Oklahoma City Thunder", 60, CENTRAL, 35.463, -97.515, "SEA", "Seattle SuperSonics"),
    _nba("ORL", "Orlando Magic", 53, EASTERN, 28.539, -81.384),
    _nba("PHI", "Philadelphia 76ers", 55, EASTERN, 39.901, -75.172),
    _nba("PHX", "Phoenix Suns", 56, ARIZONA, 33.446, -112.071, "PHO"),
    _nba("POR", "Portland Trail Blazers", 57, PACIFIC, 45.532, -122.667),
    _nba("SAC", "Sacramento Kings", 58, PACIFIC, 38.580, -121.500),
    _nba("SAS", "San Antonio Spurs", 59, CENTRAL, 29.427, -98.437, "SA"),
    _nba("TOR", "Toronto Raptors", 61, TORONTO, 43.643, -79.379),
    _nba("UTA", "Utah Jazz", 62, MOUNTAIN, 40.768, -111.901, "UTAH"),
    _nba("WAS", "Washington Wizards", 64, EASTERN, 38.898, -77.021, "WSH"),
    _mlb("ATH", "Athletics", 133, PACIFIC, Roof.OPEN, "OAK", "Oakland Athletics"),
    _mlb("ATL", "Atlanta Braves", 144, EASTERN, Roof.OPEN),
    _mlb("AZ", "Arizona Diamondbacks", 109, ARIZONA, Roof.RETRACTABLE, "ARI"),
    _mlb("BAL", "Baltimore Orioles", 110, EASTERN, Roof.OPEN),
    _mlb("BOS", "Boston Red Sox", 111, EASTERN, Roof.OPEN),
    _mlb("CHC", "Chicago Cubs", 112, CENTRAL, Roof.OPEN, "CHN"),
    _mlb("CIN", "Cincinnati Reds", 113, EASTERN, Roof.OPEN),
    _mlb("CLE", "Cleveland Guardians", 114, EASTERN, Roof.OPEN),
    _mlb("COL", "Colorado Rockies", 115, MOUNTAIN, Roof.OPEN),
    _mlb("CWS", "Chicago White Sox", 145, CENTRAL, Roof.OPEN, "CHW", "CHA"),
    _mlb("DET", "Detroit Tigers", 116, EASTERN, Roof.OPEN),
    _mlb("HOU", "Houston Astros", 117, CENTRAL, Roof.RETRACTABLE),
    _mlb("KC", "Kansas City Royals", 118, CENTRAL, Roof.OPEN, "KCR", "KCA"),
    _mlb("LAA", "Los Angeles Angels", 108, PACIFIC, Roof.OPEN, "ANA"),
    _mlb("LAD", "Los Angeles Dodgers", 119, PACIFIC, Roof.OPEN, "LAN", "LA"),
    _mlb("MIA", "Miami Marlins", 146, EASTERN, Roof.RETRACTABLE),
    _mlb("MIL", "Milwaukee Brewers", 158, CENTRAL, Roof.RETRACTABLE),
    _mlb("MIN", "Minnesota Twins", 142, CENTRAL, Roof.OPEN),
    _mlb("NYM", "New York Mets", 121, EASTERN, Roof.OPEN, "NYN"),
    _mlb("NYY", "New York Yankees", 147, EASTERN, Roof.OPEN, "NYA"),
    _mlb("PHI", "Philadelphia Phillies", 143, EASTERN, Roof.OPEN),
    _mlb("PIT", "Pittsburgh Pirates", 134, EASTERN, Roof.OPEN),
    _mlb("SD", "San Diego Padres", 135, PACIFIC, Roof.OPEN, "SDP", "SDN"),
    _mlb("SEA", "Seattle Mariners", 136, PACIFIC, Roof.RETRACTABLE),
    _mlb("SF", "San Francisco Giants", 137, PACIFIC, Roof.OPEN, "SFG", "SFN"),
    _mlb("STL", "St. Louis Cardinals", 138, CENTRAL, Roof.OPEN, "SLN"),
    _mlb("TB", "Tampa Bay Rays", 139, EASTERN, Roof.FIXED, "TBR", "TBA"),
    _mlb("TEX", "Texas Rangers", 140, CENTRAL, Roof.RETRACTABLE),
    _mlb("TOR", "Toronto Blue Jays", 141, TORONTO, Roof.RETRACTABLE),
    _mlb("WSH", "Washington Nationals", 120, EASTERN, Roof.OPEN, "WSN", "WAS"),
)


def teams_of(sport: Sport) -> tuple[Team, ...]:
    """Return a league's thirty teams in the order of their abbreviations."""
    return tuple(team for team in TEAMS if team.sport is sport)


def team(sport: Sport, spelling: str) -> Team:
    """Return the team that a vendor spells like that, by code or name, ignoring case, spaces and punctuation.

    Raises:
        InputError: nobody spells a team of that league so.
    """
    known = _by_key(sport)
    found = known.get(name_key(spelling))
    if found is None:
        raise InputError(f"unknown {sport.upper()} team {spelling!r}{did_you_mean(name_key(spelling), list(known))}")
    return found


def abbreviation(sport: Sport, spelling: pl.Expr) -> pl.Expr:
    """Return the canonical abbreviation of a column of vendor spellings; an unknown one becomes null."""
    return spelling.map_batches(lambda column: _abbreviations(sport, column), return_dtype=pl.String())


def _abbreviations(sport: Sport, spellings: pl.Series) -> pl.Series:
    known = _by_key(sport)
    distinct = spellings.drop_nulls().unique().to_list()
    canonical = {text: known[key].abbr for text in distinct if (key := name_key(text)) in known}
    return spellings.replace_strict(canonical, default=None, return_dtype=pl.String())


def arenas(sport: Sport) -> pl.DataFrame:
    """Return one row per team: `team`, `lat`, `lon` (degrees) and `zone` (IANA) of its home arena."""
    return pl.DataFrame(
        [(t.abbr, t.lat, t.lon, t.zone) for t in teams_of(sport)],
        schema={"team": pl.String(), "lat": pl.Float64(), "lon": pl.Float64(), "zone": pl.String()},
        orient="row",
    )


def franchise(code: pl.Expr) -> pl.Expr:
    """Return the team whose arena a code stands for: a copy plays where its original does."""
    return code.str.split(COPY_MARK).list.first()


@cache
def _by_key(sport: Sport) -> dict[str, Team]:
    return {name_key(text): t for t in teams_of(sport) for text in (t.abbr, t.name, *t.aliases)}
