"""Markets: what is counted. Adding one is adding one declaration here."""

from dataclasses import dataclass

import polars as pl

from propcast.core.errors import InputError, did_you_mean
from propcast.core.sport import Sport


@dataclass(frozen=True)
class Market:
    """One prop market of one sport.

    Attributes:
        name: our key, part of every prediction.
        sport: the league.
        stat: columns of the sport's player-game table whose sum is the result.
        feed_keys: vendors' names of the market.
        line_range: plausible lines, inclusive; others are quarantined, never clipped.
        max_count: top of the distribution's support; the rest of the tail is counted there.
        dispersion: (mean, variance/mean) knots, linear between, flat outside.
        prior_games: k of the shrinkage of a per-game mean towards last season's.
        has_zones: whether shot zones say something about it.
    """

    name: str
    sport: Sport
    stat: tuple[str, ...]
    feed_keys: tuple[str, ...]
    line_range: tuple[float, float]
    max_count: int
    dispersion: tuple[tuple[float, float], ...]
    prior_games: float
    has_zones: bool = False

    def stat_expr(self) -> pl.Expr:
        """Return the counted statistic as an expression over the player-game table (null if a part is null)."""
        total = pl.col(self.stat[0])
        for column in self.stat[1:]:
            total = total + pl.col(column)
        return total.cast(pl.Float64)


_DECLARED = (
    Market("points", Sport.NBA, ("pts",), ("player_points", "player_points_alternate"), (0.5, 60.5), 110,
           ((2, 6.8), (5.5, 4.4), (8.5, 3.6), (12, 3.3), (16, 3.15), (20, 2.9), (24, 2.8), (28, 2.6)),
           4.5, has_zones=True),
    Market("rebounds", Sport.NBA, ("reb",), ("player_rebounds", "player_rebounds_alternate"), (0.5, 25.5), 45,
           ((1, 1.33), (12, 1.44)), 4.5),
    Market("assists", Sport.NBA, ("ast",), ("player_assists", "player_assists_alternate"), (0.5, 20.5), 40,
           ((0.5, 1.22), (10, 1.30)), 4.5),
    Market("threes", Sport.NBA, ("fg3m",), ("player_threes", "player_threes_alternate"), (0.5, 12.5), 25,
           ((0.3, 1.25), (4, 1.15)), 8.0, has_zones=True),
    Market("points_rebounds_assists", Sport.NBA, ("pts", "reb", "ast"),
           ("player_points_rebounds_assists", "player_points_rebounds_assists_alternate"), (2.5, 90.5), 150,
           ((4, 6.0), (12, 4.4), (20, 3.7), (30, 3.2), (45, 2.9)), 4.5),
    Market("pitcher_strikeouts", Sport.MLB, ("strikeouts",), ("pitcher_strikeouts", "pitcher_strikeouts_alternate"),
           (0.5, 15.5), 27, ((2, 1.15), (5, 1.10), (9, 1.08)), 3.5),
)  # fmt: skip

MARKETS: dict[str, Market] = {market.name: market for market in _DECLARED}


def market(name: str) -> Market:
    """Return the declared market; an unknown name is an `InputError` with a suggestion."""
    try:
        return MARKETS[name]
    except KeyError:
        raise InputError(f"unknown market {name!r}{did_you_mean(name, list(MARKETS))}") from None


def markets_of(sport: Sport) -> tuple[Market, ...]:
    """Return the sport's markets in the order of their declaration."""
    return tuple(m for m in MARKETS.values() if m.sport is sport)


def market_of_feed_key(key: str) -> Market | None:
    """Return the market a vendor calls by that key, or None; the value of a line never decides it."""
    return next((m for m in MARKETS.values() if key in m.feed_keys), None)
