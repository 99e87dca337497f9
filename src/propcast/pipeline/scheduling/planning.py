"""The plan of a day: which moments a timetable and a calendar make of it. Pure; every instant is UTC."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import groupby

from propcast.core.gameday import EASTERN, GameDay
from propcast.core.sport import Sport
from propcast.pipeline.calendar import DayKind, Outlook
from propcast.pipeline.scheduling.timetable import Days, Rule, Timetable


@dataclass(frozen=True)
class Moment:
    """One instant at which a game day is to be looked at anew.

    Attributes:
        name: the lines of the timetable that it comes from.
        at: the planned instant; the `as_of` of all that follows.
        until: from then on it is of no use any more.
    """

    sport: Sport
    day: GameDay
    name: str
    at: datetime
    until: datetime

    @property
    def key(self) -> str:
        """What the moment is known by, whatever name it has."""
        return f"{self.sport} {self.day} {self.at:%Y-%m-%dT%H:%M}Z"


@dataclass(frozen=True)
class DayPlan:
    """What is planned for one game day of one sport; a day without games and the off-season are plans too."""

    outlook: Outlook
    moments: tuple[Moment, ...]

    @property
    def sentence(self) -> str:
        """What kind of day it is, in words."""
        following = f"; the next are on {self.outlook.next_day}" if self.outlook.next_day else ""
        match self.outlook.kind:
            case DayKind.GAMES:
                games = "1 game" if self.outlook.games == 1 else f"{self.outlook.games} games"
                return f"{games}, {len(self.moments)} moments"
            case DayKind.NO_GAMES:
                return f"no games{following}"
            case DayKind.OFF_SEASON:
                return f"off-season{following}"
            case DayKind.UNKNOWN:
                return "no schedule is known"


def plan_of_day(timetable: Timetable, outlook: Outlook, starts: Sequence[datetime]) -> DayPlan:
    """Return the moments of a game day, in order; those that fall together are one.

    `starts` are the scheduled starts of the games that are to be played.
    """
    found = [
        moment
        for rule in timetable.moments
        if outlook.sport in rule.sports and _is_planned(rule.days, outlook)
        for moment in _moments(rule, timetable, outlook, starts)
    ]
    found.sort(key=lambda moment: moment.at)
    return DayPlan(outlook, tuple(_joined(list(same)) for _, same in groupby(found, key=lambda moment: moment.at)))


def eastern(day: GameDay, at: time) -> datetime:
    """Return the instant of a wall-clock time; one that a clock change leaves out is taken as if it had not been."""
    return datetime.combine(day.date, at, tzinfo=EASTERN).astimezone(UTC)


def _is_planned(days: Days, outlook: Outlook) -> bool:
    match days:
        case Days.ALL:
            return True
        case Days.AFTER_GAMES:
            return outlook.last_day == outlook.game_day.plus(-1)
        case Days.GAMES:
            return outlook.kind is DayKind.GAMES


def _moments(rule: Rule, timetable: Timetable, outlook: Outlook, starts: Sequence[datetime]) -> Iterator[Moment]:
    """Return a rule's moments; they are of use to the end of the day, those for games until the last one has begun."""
    end = eastern(outlook.game_day.plus(1), time(0))
    instants = [] if rule.at is None else [eastern(outlook.game_day, rule.at)]
    if rule.before_start_min is not None:
        before = timedelta(minutes=rule.before_start_min)
        instants = [_on_grid(start - before, timetable.grid_min) for start in starts]
    for at in instants:
        until = max(starts) if rule.days is Days.GAMES and starts else end
        if until > at:
            yield Moment(outlook.sport, outlook.game_day, rule.name, at, until)


def _on_grid(instant: datetime, grid_min: int) -> datetime:
    past = timedelta(minutes=instant.minute % grid_min, seconds=instant.second, microseconds=instant.microsecond)
    return instant - past


def _joined(same: Sequence[Moment]) -> Moment:
    first = same[0]
    names = ", ".join(dict.fromkeys(moment.name for moment in same))
    return Moment(first.sport, first.day, names, first.at, max(moment.until for moment in same))
