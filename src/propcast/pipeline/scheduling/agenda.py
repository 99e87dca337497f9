"""What is due now: each planned moment once, and after a pause only what still matters. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from propcast.pipeline.scheduling.planning import DayPlan, Moment

PAST = "it came too late: what it was for has begun"
STOOD_IN = "a later moment of the day stands in for it"


class Fate(StrEnum):
    """What became of a planned moment."""

    PUBLISHED = "published"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Agenda:
    """What to do now, and when to look again.

    Attributes:
        publish: at most one moment per sport and day.
        skip: moments that are not needed any more, each with the reason.
        next_at: the next planned moment; None when none is.
    """

    publish: tuple[Moment, ...] = ()
    skip: tuple[tuple[Moment, str], ...] = ()
    next_at: datetime | None = None


def agenda(plans: Sequence[DayPlan], fates: Mapping[str, Fate], now: datetime) -> Agenda:
    """Return what the plans ask for at an instant; `fates` are those of earlier moments, by their keys.

    Of several moments that were missed, the latest that is still of use is published, for it does what the earlier
    ones would have done.
    """
    publish: list[Moment] = []
    skip: list[tuple[Moment, str]] = []
    for plan in plans:
        come = [moment for moment in plan.moments if moment.at <= now]
        done = [moment.at for moment in come if fates.get(moment.key) is Fate.PUBLISHED]
        open_ = [moment for moment in come if moment.key not in fates]
        useful = [moment for moment in open_ if moment.until > now and not any(moment.at < at for at in done)]
        publish += useful[-1:]
        skip += [(moment, PAST if moment.until <= now else STOOD_IN) for moment in open_ if moment not in useful[-1:]]
    ahead = [moment.at for plan in plans for moment in plan.moments if moment.at > now]
    return Agenda(tuple(publish), tuple(skip), min(ahead, default=None))
