"""The port that every object store implements."""

from datetime import datetime
from typing import Protocol


class Objects(Protocol):
    """Immutable blobs by key; keys are slash-separated, relative, without `..`."""

    def put(self, key: str, body: bytes) -> str:
        """Store a blob and return its SHA-256; putting the same bytes again is a no-op, other bytes a conflict."""
        ...

    def get(self, key: str) -> bytes:
        """Return a blob; `InputError` when there is none."""
        ...

    def exists(self, key: str) -> bool:
        """Tell whether the key holds a blob."""
        ...

    def discard(self, key: str) -> None:
        """Remove a blob under `_scratch/`, absent or not; `InputError` for any other key."""
        ...

    def sweep(self, before: datetime) -> int:
        """Remove blobs under `_scratch/` whose names were given out before; return how many."""
        ...
