"""The composite indexes of the state store, and what else Firestore has to be told once.

Firestore indexes every field by itself, and joins such indexes for any number of equalities. An order or a range
beside equalities needs an index of two fields for each of these; it is declared here where a limit or a range makes
that worth it. Everything else is filtered by Firestore and sorted by hand.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from propcast.backends.state.firestore.documents import BODY, ENDS, path
from propcast.backends.state.retention import AGES

COMMITS = "commits"
"""Where transactions leave their markers."""


@dataclass(frozen=True)
class Sorted:
    """The documents of a collection by `field`, in one direction, for each value of each of the fields in `by`."""

    field: str
    by: tuple[str, ...]
    descending: bool = True


SORTED: dict[str, tuple[Sorted, ...]] = {
    "audit": (Sorted("order", ("actor", "action", "target")),),
    "batches": (Sorted("order", ("sport", "game_day", "state", "is_open")),),
    "current_slates": (Sorted("game_day", ("sport",), descending=False),),
    "dead_letters": (
        Sorted("order", ("topic",)),
        Sorted("order", ("topic", "replayed_at"), descending=False),
    ),
    "deployments": (Sorted("order", ("environment", "service", "kind", "outcome")),),
    "expected_outputs": (Sorted("game_day", ("sport",), descending=False),),
    "prerequisite_reports": (Sorted("at", ("environment",)),),
    "runs": (Sorted("recency", ("sport", "game_day", "step")),),
}


def serves(collection: str, equal: Iterable[str], field: str, descending: bool) -> bool:
    """Tell whether declared indexes give documents by `field` for values of the fields in `equal`."""
    by = {each for one in _of(collection, field, descending) for each in one.by}
    return by.issuperset(equal)


def listing(prefix: str, collections: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Return the indexes and overrides of an environment, in the form that Firebase's own tools read."""
    ends = [(name, ENDS) for name in sorted({COMMITS, *(collection.name for collection in AGES)})]
    bodies = [(name, BODY) for name in sorted(collections)]
    return {
        "indexes": [_index(prefix + name, one, by) for name, all_ in SORTED.items() for one in all_ for by in one.by],
        "fieldOverrides": [
            {
                "collectionGroup": prefix + name,
                "fieldPath": field,
                "indexes": [],
                **({"ttl": True} if field == ENDS else {}),
            }
            for name, field in [*bodies, *ends]
        ],
    }


def _of(collection: str, field: str, descending: bool) -> Iterator[Sorted]:
    for one in SORTED.get(collection, ()):
        if (one.field, one.descending) == (field, descending):
            yield one


def _index(group: str, one: Sorted, by: str) -> dict[str, Any]:
    order = "DESCENDING" if one.descending else "ASCENDING"
    fields = [
        {"fieldPath": path(by), "order": "ASCENDING"},
        {"fieldPath": path(one.field), "order": order},
    ]
    return {"collectionGroup": group, "queryScope": "COLLECTION", "fields": fields}
