"""The difference between what is declared and what is there, and what is done about it."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from propcast.backends.json import Body
from propcast.core.errors import InputError
from propcast.delivery.cloud.shelf import Shelf
from propcast.delivery.drift.finding import Kind


@dataclass(frozen=True)
class Difference:
    """One thing that is not as declared; `told` says in what.

    What is `unknown` is reported and never touched; of a kind that is `unreadable` nothing is done.
    """

    kind: str
    name: str
    state: Kind
    told: str = ""


@dataclass(frozen=True)
class Plan:
    """All differences, and how many things are as they should be."""

    differences: tuple[Difference, ...]
    same: int

    @property
    def to_do(self) -> list[Difference]:
        """Return what `apply` would do something about."""
        return [each for each in self.differences if each.state in (Kind.MISSING, Kind.DIFFERENT)]

    @property
    def unreadable(self) -> list[Difference]:
        """Return what nothing is known of."""
        return [each for each in self.differences if each.state is Kind.UNREADABLE]


@dataclass(frozen=True)
class Removal:
    """A thing that `destroy` removes; `kept` says why it does not."""

    kind: str
    name: str
    kept: str = ""


Tell = Callable[[Difference], None]


def plan(shelves: Iterable[Shelf]) -> Plan:
    """Compare every kind; nothing is changed."""
    differences, same = list[Difference](), 0
    for shelf in shelves:
        found = list(_compared(shelf))
        differences += [each for each in found if each is not None]
        same += found.count(None)
    return Plan(tuple(differences), same)


def apply(shelves: Sequence[Shelf], planned: Plan, tell: Tell) -> int:
    """Make what is missing and change what differs, in the order of the shelves; return how many.

    What fails is raised at once: everything before it is done, and a second run goes on from there.
    """
    for shelf in shelves:
        for each in planned.to_do:
            if each.kind == shelf.kind:
                (shelf.make if each.state is Kind.MISSING else shelf.change)(each.name)
                tell(each)
    return len(planned.to_do)


def removals(shelves: Iterable[Shelf], data: Collection[str]) -> list[Removal]:
    """Return what is declared and there, last made first; what holds data is kept unless `data` names it."""
    found = [removal for shelf in [*shelves][::-1] for removal in _removals(shelf, data)]
    named = {name for each in found for name in (each.name, each.kind)}
    if strangers := sorted({*data} - named):
        raise InputError(f"there is no {strangers[0]!r} to remove with its data; nothing was removed")
    return found


def remove(shelves: Iterable[Shelf], wanted: Sequence[Removal]) -> int:
    """Remove what is not kept; return how many."""
    by_kind = {shelf.kind: shelf for shelf in shelves}
    gone = [each for each in wanted if not each.kept]
    for each in gone:
        by_kind[each.kind].remove(each.name)
    return len(gone)


def _removals(shelf: Shelf, data: Collection[str]) -> Iterator[Removal]:
    found = shelf.found()
    for name in sorted(shelf.wanted().keys() & found.keys()):
        named = not shelf.holds or name in data or shelf.kind in data
        yield Removal(shelf.kind, name, "" if named else f"it holds {shelf.holds}; say --delete-data {name}")


def _compared(shelf: Shelf) -> Iterator[Difference | None]:
    """Yield a difference for everything that is not as declared, None for everything that is."""
    from propcast.core.errors import PropCastError

    wanted = shelf.wanted()
    try:
        found = shelf.found()
    except PropCastError as error:
        yield Difference(shelf.kind, "all of them", Kind.UNREADABLE, str(error))
        return
    for name in sorted(wanted.keys() | found.keys()):
        if name not in found:
            yield Difference(shelf.kind, name, Kind.MISSING, _shown(wanted[name]))
        elif name not in wanted:
            yield Difference(shelf.kind, name, Kind.UNKNOWN)
        else:
            told = _different(wanted[name], found[name])
            yield Difference(shelf.kind, name, Kind.DIFFERENT, told) if told else None


def _shown(settings: Body) -> str:
    return ", ".join(f"{name} {value}" for name, value in settings.items() if value not in ("", None, {}))


def _different(wanted: Body, found: Body) -> str:
    return "; ".join(
        f"{name} is {found.get(name)!r}, declared is {value!r}"
        for name, value in wanted.items()
        if found.get(name) != value
    )
