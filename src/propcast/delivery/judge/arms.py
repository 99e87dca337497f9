"""An arm from what a target tells: its request log, and how the instances fared."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from propcast.delivery.judge.error_ratio import SIGNIFICANT
from propcast.delivery.judge.evidence import Arm
from propcast.delivery.judge.proportions import chance_of_more
from propcast.delivery.targets.port import Condition, Request, Revision

WARMING_UP = 20
"""So many first requests of each instance are left out."""
_OK, _REFUSED, _BROKEN = 200, 400, 500


@dataclass(frozen=True)
class Log:
    """The requests of one window or more as a target has them.

    Attributes:
        requests: of all revisions; None when the source could not be read.
        until: the end of the window, by which the age of the newest request is told.
        pushes: routes of the bus: there every answer but 2xx is an error.
    """

    requests: Sequence[Request] | None
    until: datetime
    pushes: Collection[str] = ()

    def of(self, revision: str) -> list[Request]:
        """Return a revision's requests in order, the first ones of each instance left out."""
        seen = Counter[str]()
        kept = []
        for each in sorted((each for each in self.requests or () if each.revision == revision), key=lambda r: r.at):
            seen[each.instance] += 1
            if seen[each.instance] > WARMING_UP:
                kept.append(each)
        return kept


def arm_of(
    revision: Revision,
    against: Revision,
    log: Log,
    conditions: Sequence[Condition | None],
    business: Mapping[str, float] | None = None,
) -> Arm:
    """Return the arm of a revision; what `against` answers too is not held against it.

    `conditions` are those of the windows so far, each asked for since the stage began; one that could not be had (None)
    makes the arm silent, like a log that cannot be read, is empty, or is of other revisions only.
    """
    mine, theirs = log.of(revision.name), log.of(against.name)
    excuses = excused(mine, theirs)
    wrong = [_is_error(each, excuses, log.pushes) for each in mine]
    newest = max((each.at for each in log.requests or () if each.revision == revision.name), default=None)
    known = [each for each in conditions if each is not None]
    went_well = _by_route(each for each, is_wrong in zip(mine, wrong, strict=True) if not is_wrong)
    return Arm(
        revision=revision.name,
        digest=revision.digest,
        reporting=newest is not None and len(known) == len(conditions),
        telemetry_age_s=None if newest is None else max(0.0, (log.until - newest).total_seconds()),
        answered=len(mine),
        errors=sum(wrong),
        organic=sum(not each.synthetic for each in mine),
        synthetic=sum(each.synthetic for each in mine),
        seconds={route: tuple(each.seconds for each in found) for route, found in went_well.items()},
        at={route: tuple(each.at.timestamp() for each in found) for route, found in went_well.items()},
        ready=tuple(each.ready for each in known),
        restarts=max((each.restarts for each in known), default=0),
        out_of_memory=max((each.out_of_memory for each in known), default=0),
        business=business,
    )


def excused(mine: Sequence[Request], theirs: Sequence[Request]) -> frozenset[tuple[str, int]]:
    """Return (route, code) of the 4xx that the other arm gives as well, and not provably less often."""
    ours, others = _refusals(mine), _refusals(theirs)
    asked, also_asked = Counter(each.route for each in mine), Counter(each.route for each in theirs)
    return frozenset(
        key
        for key in ours.keys() & others.keys()
        if chance_of_more(ours[key], asked[key[0]], others[key], also_asked[key[0]]) >= SIGNIFICANT
    )


def _refusals(requests: Iterable[Request]) -> Counter[tuple[str, int]]:
    return Counter((each.route, each.code) for each in requests if _REFUSED <= each.code < _BROKEN)


def _is_error(request: Request, excuses: Collection[tuple[str, int]], pushes: Collection[str]) -> bool:
    if request.retried or request.code >= _BROKEN:
        return True
    if request.route in pushes:
        return not _OK <= request.code < _OK + 100
    return request.code >= _REFUSED and (request.route, request.code) not in excuses


def _by_route(requests: Iterable[Request]) -> dict[str, list[Request]]:
    by_route = defaultdict[str, list[Request]](list)
    for each in requests:
        by_route[each.route].append(each)
    return by_route
