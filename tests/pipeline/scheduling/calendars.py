"""Calendars and timetables to plan with."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import polars as pl

from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.scheduling.planning import DayPlan
from propcast.pipeline.scheduling.scheduler import plan_for
from propcast.pipeline.scheduling.timetable import Timetable, parse
from propcast.tables.analytics import EVENTS

SMALL = parse("""
grid_min = 5
[[moments]]
name = "morning"
at = "06:00"
days = "all"
[[moments]]
name = "after games"
at = "09:00"
days = "after_games"
[[moments]]
name = "lines"
at = "10:00"
days = "games"
[[moments]]
name = "near"
before_start_min = 30
days = "games"
""")

Game = tuple[str, str | None]
"""Game day, and the start as ISO text in UTC."""


def utc(text: str) -> datetime:
    """An instant from `2026-03-08T10:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def events(games: Sequence[Game], sport: Sport = Sport.NBA, status: str = "scheduled") -> pl.DataFrame:
    """Rows of the events table."""
    rows = [
        {
            "event_id": f"{sport}:{number}",
            "sport": sport.value,
            "season": GameDay.parse(day).season(sport),
            "season_type": "regular",
            "game_day": date.fromisoformat(day),
            "home": "AAA",
            "away": "BBB",
            "is_neutral": False,
            "starts_at": utc(start) if start else None,
            "game_number": 1,
            "status": status,
        }
        for number, (day, start) in enumerate(games)
    ]
    return EVENTS.conform(pl.DataFrame(rows)) if rows else EVENTS.empty()


def plan(games: Sequence[Game], day: str, timetable: Timetable = SMALL) -> DayPlan:
    """The plan of an NBA day."""
    return plan_for(timetable, events(games), Sport.NBA, GameDay.parse(day), utc(f"{day}T04:00"))


def times(found: DayPlan) -> list[tuple[str, str]]:
    """Names and instants of the planned moments."""
    return [(moment.name, f"{moment.at:%Y-%m-%dT%H:%M}") for moment in found.moments]
