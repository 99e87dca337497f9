"""All files together: frames in, parsed files and the tables that several files share out."""

from dataclasses import dataclass

import polars as pl

from propcast.sources import names
from propcast.sources.history import consensus, mlb_box, nba_box, people, quotes, vendor_events
from propcast.sources.history.games import games_of_schedule, games_of_teams, known_games
from propcast.sources.history.offers import nba_offers, pra_offers, strikeout_offers
from propcast.sources.history.parsed import ParsedFile
from propcast.tables.reference import UNRESOLVED_NAMES

_OFFERS = {
    "nba_points_lines": nba_offers,
    "nba_other_lines": nba_offers,
    "nba_pra_lines": pra_offers,
    "mlb_k_lines": strikeout_offers,
}


@dataclass(frozen=True)
class Reading:
    """The history as tables.

    Attributes:
        files: every file that could be read, refused or not (`ParsedFile.refusal`).
        ref_players: people named by the files that are not refused.
        vendor_events: states of vendor events, one frame per turn (see `vendor_events.event_states`).
        unresolved: the queue of names, over all files that are not refused.
    """

    files: tuple[ParsedFile, ...]
    ref_players: pl.DataFrame
    vendor_events: tuple[pl.DataFrame, ...]
    unresolved: pl.DataFrame


def read_history(frames: dict[str, pl.DataFrame], aliases: pl.DataFrame) -> Reading:
    """Read the files by name (any subset of the layout) with the aliases known so far."""
    boxes = _read_boxes(frames, aliases)
    good = {name: parsed.rows.good for name, parsed in boxes.items() if parsed.refusal is None}
    offers = {name: _OFFERS[name](frame) for name, frame in frames.items() if name in _OFFERS}
    seen = vendor_events.sightings([*offers.values(), *_consensus_sightings(frames)])
    games = known_games(_games(good))
    appearances = _appearances(good)
    known = quotes.Known(
        events=vendor_events.map_events(seen, games),
        starts=games.filter(pl.col("starts_at").is_not_null()).unique("event_id"),
        appearances=appearances,
        aliases=aliases,
    )
    lines = {name: _read_lines(name, frame, known) for name, frame in offers.items()}
    files = {**boxes, **lines, **_read_consensus(frames, known.events)}
    accepted = [name for name, parsed in files.items() if parsed.refusal is None]
    quoted = [frame for name, frame in offers.items() if name in accepted]
    stated = vendor_events.sightings([*quoted, *_consensus_sightings({n: frames[n] for n in accepted})])
    return Reading(
        files=tuple(files.values()),
        ref_players=people.ref_players(appearances, quoted),
        vendor_events=tuple(vendor_events.event_states(stated, known.events)),
        unresolved=names.merge_queues(pl.concat([UNRESOLVED_NAMES.empty(), *(files[n].unresolved for n in accepted)])),
    )


def _read_boxes(frames: dict[str, pl.DataFrame], aliases: pl.DataFrame) -> dict[str, ParsedFile]:
    readers = {
        "nba_schedule": nba_box.read_schedule,
        "nba_team_box": nba_box.read_team_box,
        "nba_player_box": nba_box.read_player_box,
        "nba_shot_zones_season": nba_box.read_shot_zones,
        "mlb_pitcher_games": lambda frame: mlb_box.read_pitcher_games(frame, aliases),
        "mlb_batter_games": mlb_box.read_batter_games,
    }
    return {name: read(frames[name]) for name, read in readers.items() if name in frames}


def _read_lines(name: str, offers: pl.DataFrame, known: quotes.Known) -> ParsedFile:
    read = quotes.read_change_log if name == "mlb_k_lines" else quotes.read_snapshots
    return read(name, offers, known)


def _read_consensus(frames: dict[str, pl.DataFrame], events: pl.DataFrame) -> dict[str, ParsedFile]:
    readers = {
        "nba_points_consensus": consensus.read_points_consensus,
        "mlb_k_consensus": consensus.read_strikeout_consensus,
    }
    return {name: read(frames[name], events) for name, read in readers.items() if name in frames}


def _consensus_sightings(frames: dict[str, pl.DataFrame]) -> list[pl.DataFrame]:
    return [consensus.strikeout_sightings(frames["mlb_k_consensus"])] if "mlb_k_consensus" in frames else []


def _games(good: dict[str, pl.DataFrame]) -> list[pl.DataFrame]:
    """Box files and schedule name the same games; any of them may be absent or refused."""
    sports = {"nba_team_box": "nba", "nba_player_box": "nba", "mlb_pitcher_games": "mlb", "mlb_batter_games": "mlb"}
    parts = [games_of_teams(sport, good[name]) for name, sport in sports.items() if name in good]
    return [*parts, *([games_of_schedule(good["nba_schedule"])] if "nba_schedule" in good else [])]


def _appearances(good: dict[str, pl.DataFrame]) -> pl.DataFrame:
    readers = {
        "nba_player_box": people.nba_appearances,
        "mlb_pitcher_games": people.pitcher_appearances,
        "mlb_batter_games": people.batter_appearances,
    }
    parts = [read(good[name]) for name, read in readers.items() if name in good]
    return pl.concat([people.no_appearances(), *parts])
