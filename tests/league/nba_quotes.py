"""Quotes of the fictional basketball league: three sportsbooks and one DFS operator over the last rounds."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from random import Random

from propcast.core.identity import short_hash
from propcast.core.markets import MARKETS
from tests.league import nba
from tests.league.nba import FIRST_QUOTED_ROUND, SEASONS, TEAMS, UNQUOTED_GAME, Game, Row

SPORTSBOOKS = ("northbook", "southbook", "eastbook")
DFS = "pickhouse"
VENDOR = "feed"
QUOTED_SLOTS = 6
PUSHED, PUSH_ROUND = 101, 18  # a whole-number points line that equals the result
ONE_SIDED, CROSSED = 102, 103  # in the first quoted round of his team, at northbook
_LEADS = (timedelta(hours=6), timedelta(minutes=30))
_PRICES = ((-110, -110), (-115, -105), (-105, -115), (-120, 100), (100, -120), (-130, 105))
_START_SHIFT = timedelta(minutes=10)  # the vendor's start is the league's plus ten minutes


@dataclass(frozen=True)
class _Offer:
    game: Game
    player: int
    market: str
    book: str
    line: float
    prices: tuple[int | None, int | None]
    observed_at: datetime
    is_alternate: bool = False


@cache
def unplayed_game() -> Game:
    """Return the game that was quoted and never played."""
    before = next(g.day for g in nba.games() if (g.season, g.round) == (SEASONS[1], nba.UNPLAYED_ROUND))
    day = before + timedelta(days=2)  # a day without other games
    return Game(
        SEASONS[1], nba.UNPLAYED_ROUND, 98 - 3 * nba.UNPLAYED_ROUND, day, TEAMS.index("CHI"), TEAMS.index("PHX")
    )


def quoted_games() -> tuple[Game, ...]:
    """Return the games with quotes, the unplayed one last."""
    late = (g for g in nba.games() if g.season == SEASONS[1] and g.round >= FIRST_QUOTED_ROUND)
    return (*(g for g in late if (g.round, g.number) != UNQUOTED_GAME), unplayed_game())


def vendor_events() -> Iterator[Row]:
    """Yield what the vendor said of each event the day before it."""
    for game in quoted_games():
        start = game.starts_at + _START_SHIFT
        yield {
            "sport": "nba", "vendor": VENDOR, "vendor_event_id": _vendor_id(game), "event_id": game.event_id,
            "season": game.season_name, "home": TEAMS[game.home], "away": TEAMS[game.away], "game_day": game.day,
            "starts_at": start, "observed_at": start - timedelta(days=1), "source": nba.SOURCE,
        }  # fmt: skip


def quotes() -> Iterator[Row]:
    """Yield a row per state of a book's offer: a later poll writes one only where something changed."""
    latest: dict[tuple[object, ...], Row] = {}
    for offer in _offers():
        row = _quote(offer)
        key = tuple(row[k] for k in ("event_id", "market", "subject", "book", "line"))
        same = key in latest and all(latest[key][k] == row[k] for k in ("over_price", "under_price"))
        if not same:
            latest[key] = row
            yield row


def in_play_quotes() -> Iterator[Row]:
    """Yield a quote seen twenty minutes after the start."""
    game = quoted_games()[0]
    seen = game.starts_at + _START_SHIFT + timedelta(minutes=20)
    player = nba.roster(game.home, game.season, game.round)[0]
    yield _quote(_Offer(game, player, "points", SPORTSBOOKS[0], 4.5, (-110, -110), seen))


def polls() -> Iterator[Row]:
    """Yield both polls of every quoted event and market."""
    for game in quoted_games():
        for market in MARKETS.values():
            if market.sport != "nba":
                continue
            for lead in _LEADS:
                yield {
                    "sport": "nba", "event_id": game.event_id, "market": market.name, "game_day": game.day,
                    "poll_at": game.starts_at + _START_SHIFT - lead, "books_answered": [*SPORTSBOOKS, DFS],
                    "credits": 5, "source": nba.SOURCE,
                }  # fmt: skip


def _offers() -> Iterator[_Offer]:
    for game in quoted_games():
        random = Random(f"quotes {game.event_id}")  # noqa: S311 - repeatable odds, not a secret
        for player in _quoted_players(game):
            yield from _player_offers(game, player, random)


def _quoted_players(game: Game) -> list[int]:
    squads = (nba.roster(team, game.season, game.round) for team in (game.home, game.away))
    listed = [p for squad in squads for p in squad[:QUOTED_SLOTS] if p != nba.INJURED or game.round > PUSH_ROUND]
    strangers = {FIRST_QUOTED_ROUND + 1: nba.STRANGER, FIRST_QUOTED_ROUND + 2: nba.DEBUTANT}
    if game.number == 0 and game.round in strangers:
        listed.append(strangers[game.round])
    return listed


def _player_offers(game: Game, player: int, random: Random) -> Iterator[_Offer]:
    markets = [m for m in MARKETS.values() if m.sport == "nba"]
    for market in markets if player % 100 <= 2 else markets[:1]:
        centre = _typical(player, market.name)
        for lead in _LEADS:
            seen = game.starts_at + _START_SHIFT - lead
            for book in SPORTSBOOKS:
                yield _main(game, player, market.name, book, centre, seen, random)
            dfs = _Offer(game, player, market.name, DFS, centre + 0.5, (-137, -137), seen)
            yield dfs
            if market.name == "points" and player % 100 == 1:
                yield _Offer(game, player, "points", SPORTSBOOKS[1], centre + 4.5, (240, -320), seen, is_alternate=True)
                yield _Offer(game, player, "points", SPORTSBOOKS[1], centre - 3.5, (-250, 190), seen, is_alternate=True)


def _main(game: Game, player: int, market: str, book: str, centre: int, seen: datetime, random: Random) -> _Offer:
    line, prices = centre + random.choice((0.5, 0.5, 1.5)), random.choice(_PRICES)
    if market == "points" and (player, game.round) == (PUSHED, PUSH_ROUND):
        return _Offer(game, player, market, book, float(nba.points_scored()[game.event_id, player]), (-110, -110), seen)
    if market == "points" and book == SPORTSBOOKS[0] and game.round == FIRST_QUOTED_ROUND:
        if player == ONE_SIDED:
            return _Offer(game, player, market, book, line, (prices[0], None), seen)
        if player == CROSSED:
            return _Offer(game, player, market, book, line, (120, 115), seen)
    return _Offer(game, player, market, book, line, prices, seen)


def _typical(player: int, market: str) -> int:
    size = max(1, 10 - player % 100)
    per_size = {"points": 2.3, "rebounds": 0.6, "assists": 0.4, "threes": 0.2, "points_rebounds_assists": 3.3}
    return int(size * per_size[market])


def _vendor_id(game: Game) -> str:
    return short_hash(VENDOR, game.event_id, length=16)


def _quote(offer: _Offer) -> Row:
    game = offer.game
    subject = f"nba:{offer.player}"
    return {
        "quote_id": short_hash(
            game.event_id, offer.market, subject, offer.book, offer.line, offer.observed_at, length=16
        ),
        "sport": "nba",
        "event_id": game.event_id,
        "vendor": VENDOR,
        "vendor_event_id": _vendor_id(game),
        "game_day": game.day,
        "market": offer.market,
        "subject": subject,
        "book": offer.book,
        "book_type": "dfs" if offer.book == DFS else "sportsbook",
        "line": offer.line,
        "observed_at": offer.observed_at,
        "over_price": offer.prices[0],
        "under_price": offer.prices[1],
        "is_alternate": offer.is_alternate,
        "is_open": True,
        "starts_at": game.starts_at + _START_SHIFT,
        "raw_name": nba.player_name(offer.player),
        "source": nba.SOURCE,
    }
