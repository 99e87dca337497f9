"""Prints the indexes, exemptions and TTL fields that the state store needs, as Firebase's own tools read them.

python scripts/firestore_indexes.py staging_ > firestore.indexes.json
"""

import importlib
import json
import pkgutil
import sys
from collections.abc import Iterator

import propcast
from propcast.backends.state.firestore.indexes import listing
from propcast.backends.state.port import Collection

ROOMS = ("backends", "pipeline", "delivery", "service", "apps")


def collections() -> Iterator[str]:
    """Yield the name of every collection that a module declares."""
    for room in ROOMS:
        package = importlib.import_module(f"{propcast.__name__}.{room}")
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if found.name.endswith("__main__"):
                continue
            for value in vars(importlib.import_module(found.name)).values():
                if isinstance(value, Collection):
                    yield value.name


def main(prefix: str) -> None:
    """Print the listing of an environment."""
    sys.stdout.write(json.dumps(listing(prefix, sorted({*collections()})), indent=2) + "\n")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
