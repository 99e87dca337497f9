"""Prints the indexes, exemptions and TTL fields that the state store needs, as Firebase's own tools read them.

python scripts/firestore_indexes.py staging_ > firestore.indexes.json
"""

import importlib
import json
import pkgutil
import sys
from collections.abc import Iterator
from enum import Enum

import propcast
from propcast.backends.state.firestore.indexes import listing
from propcast.backends.state.port import Collection

ROOMS = ("backends", "pipeline", "delivery", "service", "apps")


def declared() -> Iterator[Collection]:
    """Yield every collection that a module declares, by itself or as a member of an enumeration."""
    for room in ROOMS:
        package = importlib.import_module(f"{propcast.__name__}.{room}")
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.endswith("__main__"):
                for value in vars(importlib.import_module(found.name)).values():
                    yield from _collections(value)


def _collections(value: object) -> Iterator[Collection]:
    if isinstance(value, Collection):
        yield value
    elif isinstance(value, type) and issubclass(value, Enum):
        yield from (member.value for member in value if isinstance(member.value, Collection))


def main(prefix: str) -> None:
    """Print the listing of an environment."""
    sys.stdout.write(
        json.dumps(listing(prefix, sorted({collection.name for collection in declared()})), indent=2) + "\n"
    )


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
