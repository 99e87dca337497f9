"""What kind of day it is, in words: one sentence that can be read from across the room, and one line for each sport."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from propcast.apps.console import wording
from propcast.pipeline.calendar import DayKind, Outlook


@dataclass(frozen=True)
class Headline:
    """The sentence, what follows it at once, and a line for each sport that has none of today's games."""

    title: str
    lead: str
    others: tuple[str, ...] = ()


def headline(outlooks: Sequence[Outlook], now: datetime, *, is_today: bool) -> Headline:
    """Return the words for a game day."""
    playing = [each for each in outlooks if each.kind is DayKind.GAMES]
    others = tuple(_quiet(each) for each in outlooks if each.kind is not DayKind.GAMES)
    if not playing:
        return Headline(_without_games(outlooks, is_today=is_today), "", others)
    games = " and ".join(wording.plural(each.games, f"{each.sport.upper()} game") for each in playing)
    return Headline(f"{games}{' today' if is_today else ''}", _start(playing, now), others)


def _without_games(outlooks: Sequence[Outlook], *, is_today: bool) -> str:
    kinds = {each.kind for each in outlooks}
    when = "today" if is_today else "on this day"
    if DayKind.NO_GAMES in kinds:
        return f"No games {when}"
    return f"Nothing is known of {'today' if is_today else 'this day'}" if DayKind.UNKNOWN in kinds else "Off-season"


def _start(playing: Sequence[Outlook], now: datetime) -> str:
    """Say when the next game starts, or when the first one did."""
    following = min((each.next_start for each in playing if each.next_start), default=None)
    first = min((each.first_start for each in playing if each.first_start), default=None)
    if first is None:
        return "Starts are not known."
    if following is None:
        return f"All have started; the first did {wording.ago(first, now)}, at {wording.eastern(first)}."
    which = "First start" if following == first else "Next start"
    return f"{which} in {wording.span(following - now)}, at {wording.eastern(following)}."


def _quiet(outlook: Outlook) -> str:
    sport = outlook.sport.upper()
    following = f"next slate {wording.day(outlook.next_day)}" if outlook.next_day else ""
    match outlook.kind:
        case DayKind.NO_GAMES:
            return f"{sport}: no games{f'; {following}' if following else ''}"
        case DayKind.OFF_SEASON:
            return f"{sport}: off-season{f'; {following}' if following else ''}"
        case _ if outlook.last_day:
            return f"{sport}: the schedule that is stored ends on {wording.day(outlook.last_day)}"
        case _:
            return f"{sport}: no schedule is stored"
