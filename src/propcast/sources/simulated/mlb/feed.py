"""An MLB season as the world comes to know it."""

from datetime import date

import numpy as np
import polars as pl

from propcast.sources.simulated.calendar import at_noon
from propcast.sources.simulated.feed import Feed, Window, daily_boards, known, market_feed
from propcast.sources.simulated.mlb.box import batter_games, confirmed_lineups, pitcher_game_states, plate_appearances
from propcast.sources.simulated.mlb.facts import game_facts
from propcast.sources.simulated.mlb.quoted import quoted
from propcast.sources.simulated.mlb.season import MlbSeason
from propcast.sources.simulated.vendor import ref_players, vendor_event_states
from propcast.tables import raw
from propcast.tables.reference import REF_PLAYERS


def mlb_feed(season: MlbSeason, window: Window) -> Feed:
    """Return every row of a season that is known by the window's instant."""
    facts = game_facts(season)
    signed = pl.lit(at_noon(date(int(season.season), 2, 1)))
    states = [
        (REF_PLAYERS, _people(season, signed)),
        *((raw.RAW_MLB_PITCHER_GAME, state) for state in pitcher_game_states(season, facts)),
        (raw.RAW_MLB_BATTER_GAME, batter_games(season, facts)),
        (raw.RAW_MLB_PLATE_APPEARANCES, plate_appearances(season, facts)),
        (raw.RAW_MLB_LINEUPS, confirmed_lineups(season, facts)),
        *((raw.RAW_VENDOR_EVENTS, state) for state in vendor_event_states(facts)),
    ]
    market = _market(season, facts, window)
    told = [known(table, frame, window) for table, frame in states]
    return Feed((*told, *market.told), market.in_play, market.truth)


def _people(season: MlbSeason, signed: pl.Expr) -> pl.DataFrame:
    pitchers, hitters = season.pitchers, season.hitters
    hands = np.where(pitchers.left, "L", "R")
    return pl.concat(
        [
            ref_players(season.league, pitchers.ids, pitchers.names, signed, throws=pl.Series(hands)),
            ref_players(season.league, hitters.people.ids, hitters.people.names, signed, bats=pl.Series(hitters.side)),
        ]
    )


def _market(season: MlbSeason, facts: pl.DataFrame, window: Window) -> Feed:
    days = pl.col("game_day").is_between(window.quoted_from, window.quoted_to)
    rows, laws = quoted(season, facts, facts.filter(days)["game"].to_numpy())
    return market_feed(season.league, daily_boards(rows, laws), window)
