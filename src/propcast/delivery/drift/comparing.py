"""One run of drift: everything that can be compared is, and what was compared is told."""

from collections.abc import Mapping

from propcast.core.errors import PropCastError
from propcast.delivery.drift.finding import Compare, Compared, Difference, Kind, NothingCompared
from propcast.delivery.drift.reality import Reality
from propcast.delivery.drift.services import of_service
from propcast.delivery.drift.surroundings import of_environment


def compare(reality: Reality) -> Compared:
    """Return every difference between reality and what is declared and on record.

    What fails while it is read counts as a difference; what nobody can read is named apart.

    Raises:
        NothingCompared: no service was ever deployed, and nothing around them can be read.
    """
    around, unseen = of_environment(reality)
    done, found = list[str](), list[Difference]()
    for service, compares in [("", around), *((name, _safely(reality, name)) for name in reality.ground.laid.services)]:
        for what, each in compares.items():
            done.append(f"{service or reality.ground.laid.name} {what}")
            found += _differences(service, what, each)
    if not found and not any(not name.endswith(" record") for name in done):
        raise NothingCompared(f"nothing of {reality.ground.laid.name} could be compared; deploy something first")
    return Compared(tuple(done), tuple(found), tuple(unseen))


def _safely(reality: Reality, service: str) -> Mapping[str, Compare]:
    try:
        return of_service(reality, service)
    except PropCastError as error:
        reason = error
        return {"record": lambda: iter([(Kind.UNREADABLE, f"its record cannot be read: {reason}")])}


def _differences(service: str, what: str, each: Compare) -> list[Difference]:
    try:
        return [Difference(service, what, kind, told) for kind, told in each()]
    except PropCastError as error:
        return [Difference(service, what, Kind.UNREADABLE, str(error))]
