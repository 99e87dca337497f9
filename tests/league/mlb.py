"""A small fictional baseball league: two seasons of four teams as raw frames, with every awkward case in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

import numpy as np
import polars as pl

from propcast.core.identity import short_hash
from propcast.tables import raw
from propcast.tables.schema import Table

TEAMS = ("ASH", "BAY", "COV", "DUN")
SEASONS = (2024, 2025)
ROUNDS = 28
FIRST_QUOTED_ROUND = 20
BOOKS = ("northbook", "southbook", "eastbook")
PAIRINGS = (((0, 1), (2, 3)), ((0, 2), (1, 3)), ((0, 3), (1, 2)))

# rounds of 2025 in which something unusual happens
OPENER_ROUND, TRADE_ROUND, DOUBLEHEADER_ROUND = 10, 18, 21
SCRATCH_ROUND, RELIEF_ROUND, STRANGER_ROUND, DEBUT_ROUND, POSTPONED_ROUND = 22, 23, 24, 25, 26

TRADED = 1004  # ASH until the trade, then COV
HAND_UNKNOWN = 4002
OPENER = 2005
SCRATCHED = 3003
ENTERED_IN_RELIEF = 4004
STRANGER = 2006  # of BAY, quoted for COV–DUN
DEBUTANT = 9001
POSTPONED = "mlb:postponed"

_FIRST = ("Abel", "Bram", "Cato", "Dov", "Emil", "Finn")
_LAST = ("Ashdown", "Birchmoor", "Coldwell", "Dunmere")
_SLOTS = 9


@dataclass(frozen=True)
class League:
    """The raw tables of the league; `in_play_quotes` holds rows that the contract must refuse."""

    pitcher_games: pl.DataFrame
    batter_games: pl.DataFrame
    plate_appearances: pl.DataFrame
    lineups: pl.DataFrame
    vendor_events: pl.DataFrame
    quotes: pl.DataFrame
    polls: pl.DataFrame
    in_play_quotes: pl.DataFrame


@dataclass(frozen=True)
class Outing:
    """One pitcher's part of a game: he faces that many batters."""

    pitcher: int
    batters_faced: int
    is_starter: bool


@dataclass(frozen=True)
class Game:
    """One game, with the pitchers of both sides in order and those quoted before it."""

    event_id: str
    day: date
    round: int
    number: int
    home: int
    away: int
    staff: dict[int, tuple[Outing, ...]]
    quoted: tuple[int, ...]

    @property
    def starts_at(self) -> datetime:
        """Afternoon for the first game of a doubleheader, else 19:05 in New York."""
        first_of_two = self.event_id.endswith("-first")
        return datetime.combine(self.day, time(17, 5) if first_of_two else time(23, 5), UTC)

    @property
    def known_at(self) -> datetime:
        """When the results were known: 08:00 UTC of the next day."""
        return datetime.combine(self.day + timedelta(days=1), time(8), UTC)

    def opponent(self, team: int) -> int:
        """The other side."""
        return self.away if team == self.home else self.home


def pitcher_name(pitcher: int) -> str:
    """A fictional name."""
    return f"{_FIRST[pitcher % 6]} {_LAST[(pitcher // 1000 - 1) % 4]}" if pitcher != DEBUTANT else "Nils Newcome"


def throws(pitcher: int) -> str | None:
    """Throwing hand; one pitcher's is unknown."""
    return None if pitcher == HAND_UNKNOWN else "LRRLRR"[pitcher % 6]


def bats(batter: int) -> str:
    """Batting side of a hitter."""
    return "LRRSLRRLRR"[batter % 10]


def lineup(team: int, round_: int) -> list[int]:
    """The batting order of a team in a round: one regular rests in every third."""
    nine = [(team + 5) * 1000 + n for n in range(_SLOTS)]
    if round_ % 3 == 0:
        nine[round_ % _SLOTS] = (team + 5) * 1000 + 9
    return nine


def lineup_is_known(game: Game, team: int) -> bool:
    """Home line-ups are out an hour before the start; away ones only in even rounds."""
    return team == game.home or game.round % 2 == 0


@cache
def mlb_league() -> League:
    """Return the league; the same frames every time."""
    rng = np.random.default_rng(11)
    games = [game for season in SEASONS for game in _games(season, rng)]
    plays = [row for game in games for row in _plate_appearances(game, rng)]
    pitching = [row for game in games for row in _pitching(game, plays_of(plays, game), rng)]
    quoted = [game for game in games if game.quoted]
    quotes = [row for game in quoted for row in _quotes(game)]
    return League(
        pitcher_games=_frame(raw.RAW_MLB_PITCHER_GAME, pitching),
        batter_games=_frame(raw.RAW_MLB_BATTER_GAME, [r for g in games for r in _batting(g, plays_of(plays, g))]),
        plate_appearances=_frame(raw.RAW_MLB_PLATE_APPEARANCES, plays),
        lineups=_frame(raw.RAW_MLB_LINEUPS, [row for game in games for row in _lineups(game)]),
        vendor_events=_frame(raw.RAW_VENDOR_EVENTS, [_vendor_event(game) for game in [*quoted, _postponed()]]),
        quotes=_frame(raw.RAW_QUOTES, [*quotes, *_quotes(_postponed())]),
        polls=_frame(raw.RAW_QUOTE_POLLS, [row for game in [*quoted, _postponed()] for row in _polls(game)]),
        in_play_quotes=_frame(raw.RAW_QUOTES, [_in_play(quoted[0])]),
    )


def plays_of(plays: list[dict[str, object]], game: Game) -> list[dict[str, object]]:
    """Plate appearances of one game."""
    return [play for play in plays if play["event_id"] == game.event_id]


def _frame(table: Table, rows: list[dict[str, object]]) -> pl.DataFrame:
    return table.conform(pl.DataFrame(rows, schema_overrides=table.schema, infer_schema_length=None))


def _day(season: int, round_: int) -> date:
    return date(season, 4, 1) + timedelta(days=2 * round_)


def _games(season: int, rng: np.random.Generator) -> Iterator[Game]:
    for round_ in range(ROUNDS):
        for index, pair in enumerate(PAIRINGS[round_ % 3]):
            home, away = pair if round_ // 3 % 2 else pair[::-1]
            special = round_ if season == 2025 else -1
            doubled = special == DOUBLEHEADER_ROUND and index == 0
            suffixes = ("-first", "-second") if doubled else ("",)
            for number, suffix in enumerate(suffixes, start=1):
                staff = {team: _staff(team, round_ + 2 * (number - 1), special, rng) for team in (home, away)}
                is_quoted = season == 2025 and round_ >= FIRST_QUOTED_ROUND
                quoted = tuple(_quoted(team, staff[team], special) for team in (home, away)) if is_quoted else ()
                if special == STRANGER_ROUND and index == 1:
                    quoted = (*quoted, STRANGER)
                if special == DEBUT_ROUND and index == 0:
                    quoted = (*quoted, DEBUTANT)
                event = f"mlb:{season}{round_:02d}{index}{suffix}"
                yield Game(event, _day(season, round_), round_, number, home, away, staff, quoted)


def _postponed() -> Game:
    return Game(POSTPONED, _day(2025, POSTPONED_ROUND + 1) - timedelta(days=1), POSTPONED_ROUND, 1, 0, 1, {}, (1001,))


def _turn(team: int, turn: int, special: int) -> int:
    """The pitcher whose turn it is."""
    if special >= TRADE_ROUND and turn % 4 == 3:
        if team == 2:
            return TRADED
        if team == 0:
            return 1005
    return (team + 1) * 1000 + 1 + turn % 4


def _staff(team: int, turn: int, special: int, rng: np.random.Generator) -> tuple[Outing, ...]:
    """The pitchers of a team in their order: a starter and, where the case needs it, who came after."""
    starter, faced = _turn(team, turn, special), int(rng.integers(17, 28))
    spare = (team + 1) * 1000 + 5
    if special == OPENER_ROUND and team == 1:
        return (Outing(OPENER, 3, is_starter=True), Outing(starter, 18, is_starter=False))
    if special == SCRATCH_ROUND and starter == SCRATCHED:
        return (Outing(spare, faced, is_starter=True),)
    if special == RELIEF_ROUND and starter == ENTERED_IN_RELIEF:
        return (Outing(spare, 9, is_starter=True), Outing(starter, 14, is_starter=False))
    if turn % 11 == 5 and team == turn % 4:
        return (Outing(starter, 7, is_starter=True),)
    if special == -1 and turn == 2 and team == 1:
        return (Outing(starter, faced, is_starter=True), Outing(STRANGER, 6, is_starter=False))
    return (Outing(starter, faced, is_starter=True),)


def _quoted(team: int, staff: tuple[Outing, ...], special: int) -> int:
    """Books quote the announced starter, whoever starts in the end."""
    if special == SCRATCH_ROUND and team == SCRATCHED // 1000 - 1:
        return SCRATCHED
    if special == RELIEF_ROUND and team == ENTERED_IN_RELIEF // 1000 - 1:
        return ENTERED_IN_RELIEF
    return next(outing.pitcher for outing in staff if outing.is_starter)


def _strikeout_rate(pitcher: int, batter: int) -> float:
    return float(0.13 + 0.03 * (pitcher % 6) + 0.012 * (batter % 10) - 0.05 * (batter % 3 == 0))


def _side(batter: int, hand: str) -> str:
    side = bats(batter)
    return side if side != "S" else ("R" if hand == "L" else "L")


def _plate_appearances(game: Game, rng: np.random.Generator) -> Iterator[dict[str, object]]:
    index = 0
    for team, staff in game.staff.items():
        order, at_bat = lineup(game.opponent(team), game.round), 0
        for outing in staff:
            hand = throws(outing.pitcher) or "R"
            for faced in range(outing.batters_faced):
                batter = order[at_bat % _SLOTS]
                yield {
                    "event_id": game.event_id, "at_bat_index": index, "season": str(game.day.year),
                    "game_day": game.day, "batter_id": batter, "pitcher_id": outing.pitcher,
                    "batting_team": TEAMS[game.opponent(team)],
                    "pitching_team": TEAMS[team], "bat_side": _side(batter, hand), "pitch_hand": hand,
                    "times_through": min(1 + faced // _SLOTS, 5),
                    "is_strikeout": bool(rng.random() < _strikeout_rate(outing.pitcher, batter)),
                    "vs_starter": outing.is_starter, "observed_at": game.known_at, "source": "league",
                }  # fmt: skip
                index, at_bat = index + 1, at_bat + 1


def _pitching(game: Game, plays: list[dict[str, object]], rng: np.random.Generator) -> Iterator[dict[str, object]]:
    for team, staff in game.staff.items():
        for outing in staff:
            faced = outing.batters_faced
            strikeouts = sum(p["pitcher_id"] == outing.pitcher and bool(p["is_strikeout"]) for p in plays)
            walks, hits = int(rng.integers(0, 1 + faced // 8)), int(rng.integers(0, 1 + (faced - strikeouts) // 3))
            pitches = round(faced * 3.9) + int(rng.integers(0, 4))
            yield {
                "event_id": game.event_id, "pitcher_id": outing.pitcher, "pitcher_name": pitcher_name(outing.pitcher),
                "season": str(game.day.year), "season_type": "regular", "game_day": game.day,
                "team": TEAMS[team], "opponent": TEAMS[game.opponent(team)], "is_home": team == game.home,
                "is_starter": outing.is_starter, "throws": throws(outing.pitcher),
                "outs": max(faced - walks - hits, strikeouts), "batters_faced": faced, "strikeouts": strikeouts,
                "walks": walks, "hits": hits, "pitches": pitches, **_statcast(game, team, pitches, strikeouts),
                "observed_at": game.known_at, "source": "league",
            }  # fmt: skip


def _statcast(game: Game, team: int, pitches: int, strikeouts: int) -> dict[str, object]:
    """Pitch-level counts; none for COV in 2025."""
    if game.day.year == 2025 and TEAMS[team] == "COV":
        return {}
    whiffs, swings = 1 + strikeouts, pitches // 2
    return {
        "whiffs": whiffs, "swings": swings, "csw": min(whiffs + pitches // 6, pitches), "zone_swings": swings * 2 // 3,
        "zone_contacts": swings * 2 // 3 - whiffs // 2, "chases": swings // 3, "outside_pitches": pitches // 2,
        "fb_velo_mph": 91.0 + team + (game.round % 5) / 4,
    }  # fmt: skip


def _batting(game: Game, plays: list[dict[str, object]]) -> Iterator[dict[str, object]]:
    for team in (game.home, game.away):
        for slot, batter in enumerate(lineup(team, game.round), start=1):
            own = [play for play in plays if play["batter_id"] == batter]
            yield {
                "event_id": game.event_id, "batter_id": batter, "batter_name": f"Hitter {batter}",
                "season": str(game.day.year), "season_type": "regular", "game_day": game.day,
                "team": TEAMS[team], "opponent": TEAMS[game.opponent(team)], "is_home": team == game.home,
                "bats": bats(batter), "slot": slot, "plate_appearances": len(own), "at_bats": len(own),
                "strikeouts": sum(bool(play["is_strikeout"]) for play in own), "walks": 0, "hits": 0, "home_runs": 0,
                "hbp": 0, "observed_at": game.known_at, "source": "league",
            }  # fmt: skip


def _lineups(game: Game) -> Iterator[dict[str, object]]:
    """Line-ups known an hour before the start; the others arrive an hour after it."""
    for team in (game.home, game.away):
        lead = timedelta(hours=1 if lineup_is_known(game, team) else -1)
        for slot, batter in enumerate(lineup(team, game.round), start=1):
            yield {
                "event_id": game.event_id, "team": TEAMS[team], "season": str(game.day.year), "game_day": game.day,
                "slot": slot, "batter_id": batter, "bats": bats(batter), "is_confirmed": True,
                "observed_at": game.starts_at - lead, "source": "league",
            }  # fmt: skip


def poll_times(game: Game) -> list[datetime]:
    """Two polls before every start: eight hours and fifty minutes ahead."""
    return [game.starts_at - timedelta(hours=8), game.starts_at - timedelta(minutes=50)]


def _vendor_event(game: Game) -> dict[str, object]:
    return {
        "sport": "mlb", "vendor": "league", "vendor_event_id": game.event_id.removeprefix("mlb:"),
        "event_id": game.event_id, "season": str(game.day.year), "home": TEAMS[game.home], "away": TEAMS[game.away],
        "game_day": game.day, "starts_at": game.starts_at, "observed_at": poll_times(game)[0], "source": "league",
    }  # fmt: skip


def _polls(game: Game) -> Iterator[dict[str, object]]:
    for at in poll_times(game):
        yield {
            "sport": "mlb", "event_id": game.event_id, "market": "pitcher_strikeouts", "poll_at": at,
            "game_day": game.day, "books_answered": list(BOOKS), "source": "league",
        }  # fmt: skip


def _quotes(game: Game) -> Iterator[dict[str, object]]:
    """Three books: a main line each, one alternate, a price move, one withdrawn, one whole-number line."""
    first, last = poll_times(game)
    for pitcher in game.quoted:
        main = 3.5 + pitcher % 3
        yield _quote(game, pitcher, "northbook", main, first, (-110, -110))
        yield _quote(game, pitcher, "northbook", main, last, (-125, 105))
        yield _quote(game, pitcher, "northbook", main + 1, first, (180, -230), is_alternate=True)
        yield _quote(game, pitcher, "southbook", main + (0.5 if pitcher % 4 == 1 else 0.0), first, (-115, -105))
        yield _quote(game, pitcher, "eastbook", main + 1, first, (130, -160))
        if pitcher % 4 == 2:
            yield _quote(game, pitcher, "eastbook", main + 1, last, (130, -160), is_open=False)


def _in_play(game: Game) -> dict[str, object]:
    return _quote(game, game.quoted[0], "northbook", 2.5, game.starts_at + timedelta(minutes=30), (-110, -110))


def _quote(
    game: Game,
    pitcher: int,
    book: str,
    line: float,
    at: datetime,
    prices: tuple[int, int],
    *,
    is_open: bool = True,
    is_alternate: bool = False,
) -> dict[str, object]:
    return {
        "quote_id": short_hash(game.event_id, pitcher, book, line, at, length=16), "sport": "mlb",
        "event_id": game.event_id, "vendor": "league", "vendor_event_id": game.event_id.removeprefix("mlb:"),
        "game_day": game.day, "market": "pitcher_strikeouts", "subject": f"mlb:{pitcher}", "book": book,
        "book_type": "sportsbook", "line": line, "observed_at": at, "over_price": prices[0], "under_price": prices[1],
        "is_alternate": is_alternate, "is_open": is_open, "starts_at": game.starts_at,
        "raw_name": pitcher_name(pitcher), "source": "league",
    }  # fmt: skip
