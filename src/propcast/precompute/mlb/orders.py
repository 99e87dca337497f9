"""Batting orders that a pitcher will meet: the confirmed nine, else the opponent's recent orders against his hand."""

import polars as pl

from propcast.analytics.windows import GAME_DAY, GAME_NO, before, day_states, in_order
from propcast.precompute.mlb.hands import hand, under_each_hand

RECENT_GAMES = 10
SLOTS = 9

_TEAM_GAME = ["event_id", "team"]
_SERIES = ["team", "season", "hand"]
_COLUMNS = ["row", "slot", "batter_id", "bats", "is_confirmed", "observed_at"]


def batting_orders(contexts: pl.DataFrame, lineups: pl.DataFrame, team_games: pl.DataFrame) -> pl.DataFrame:
    """Return the batters by slot: `row`, `slot`, `batter_id`, `bats`, `is_confirmed`, `observed_at`, for known orders.

    A nine confirmed by `as_of` has one batter per slot. Otherwise each of the opponent's last ten orders this season
    against a starter of his hand gives one, so that a batter counts as often as he batted there. `contexts` carry
    `row`, their number.
    """
    confirmed = _confirmed(contexts, lineups)
    unknown = contexts.join(confirmed.select("row").unique(), on="row", how="anti", maintain_order="left")
    return pl.concat([confirmed, _recent(unknown, lineups, team_games)])


def _confirmed(contexts: pl.DataFrame, lineups: pl.DataFrame) -> pl.DataFrame:
    wanted = contexts.select("row", "as_of", "event_id", pl.col("opponent").alias("team"))
    seen = wanted.join(lineups.filter("is_confirmed"), on=_TEAM_GAME).filter(pl.col("observed_at") <= pl.col("as_of"))
    newest = seen.sort("observed_at").unique(["row", "slot"], keep="last")
    return newest.filter(pl.len().over("row") == SLOTS).select(_COLUMNS)


def _recent(contexts: pl.DataFrame, lineups: pl.DataFrame, team_games: pl.DataFrame) -> pl.DataFrame:
    orders = _final_orders(lineups)
    played = team_games.join(orders.select(_TEAM_GAME).unique(), on=_TEAM_GAME, how="semi")
    games = in_order(under_each_hand(played), _SERIES).select(*_SERIES, GAME_DAY, "event_id", GAME_NO)
    wanted = contexts.drop("team").rename({"opponent": "team"}).with_columns(hand())
    newest = before(wanted, day_states(games).drop("event_id"), _SERIES)
    earlier = pl.DataFrame({"back": range(RECENT_GAMES)}, schema={"back": games.schema[GAME_NO]})
    numbers = (
        wanted.select("row", *_SERIES, newest[GAME_NO])
        .join(earlier, how="cross")
        .select("row", *_SERIES, pl.col(GAME_NO) - pl.col("back"))
    )
    met = numbers.join(games.drop(GAME_DAY), on=[*_SERIES, GAME_NO]).join(orders, on=_TEAM_GAME)
    return met.with_columns(is_confirmed=pl.lit(value=False)).select(_COLUMNS)


def _final_orders(lineups: pl.DataFrame) -> pl.DataFrame:
    """The last word on each order, complete ones only."""
    newest = lineups.sort("observed_at").unique([*_TEAM_GAME, "slot"], keep="last")
    return newest.filter(pl.len().over(_TEAM_GAME) == SLOTS).select(
        *_TEAM_GAME, "slot", "batter_id", "bats", "observed_at"
    )
