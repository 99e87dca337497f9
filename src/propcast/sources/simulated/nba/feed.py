"""An NBA season as the world comes to know it."""

from datetime import date

import polars as pl

from propcast.sources.simulated.calendar import at_noon
from propcast.sources.simulated.feed import Feed, Window, daily_boards, known, market_feed
from propcast.sources.simulated.nba.box import (
    game_facts,
    player_box_states,
    schedule_states,
    team_box_states,
    with_late_assists,
)
from propcast.sources.simulated.nba.box_lines import box_lines
from propcast.sources.simulated.nba.quoted import quoted
from propcast.sources.simulated.nba.season import NbaSeason
from propcast.sources.simulated.nba.shots import season_zones, shots
from propcast.sources.simulated.vendor import ref_players, vendor_event_states
from propcast.tables import raw
from propcast.tables.reference import REF_PLAYERS


def nba_feed(season: NbaSeason, window: Window) -> Feed:
    """Return every row of a season that is known by the window's instant."""
    facts = game_facts(season)
    lines = with_late_assists(box_lines(season))
    signed = pl.lit(at_noon(date(int(season.season[:4]), 8, 15)))
    states = [
        (REF_PLAYERS, ref_players(season.league, season.players.ids, season.players.names, signed)),
        *((raw.RAW_NBA_SCHEDULE, state) for state in schedule_states(season, facts)),
        *((raw.RAW_NBA_PLAYER_BOX, state) for state in player_box_states(season, facts, lines)),
        *((raw.RAW_NBA_TEAM_BOX, state) for state in team_box_states(facts, lines)),
        (raw.RAW_NBA_SHOTS, shots(season, facts)),
        (raw.RAW_NBA_SHOT_ZONES_SEASON, season_zones(season)),
        *((raw.RAW_VENDOR_EVENTS, state) for state in vendor_event_states(facts)),
    ]
    market = _market(season, facts, window)
    told = [known(table, frame, window) for table, frame in states]
    return Feed((*told, *market.told), market.in_play, market.truth)


def _market(season: NbaSeason, facts: pl.DataFrame, window: Window) -> Feed:
    days = pl.col("game_day").is_between(window.quoted_from, window.quoted_to)
    games = facts.filter(days)["game"].to_numpy()
    rows, laws = quoted(season, facts, games)
    return market_feed(season.league, daily_boards(rows, laws), window)
