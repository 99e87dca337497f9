"""Objects as files under one folder."""

import hashlib
from datetime import datetime
from pathlib import Path

from propcast.backends.new_files import create
from propcast.backends.objects.keys import parts_of
from propcast.backends.scratch import SCRATCH, is_left_over, require_scratch
from propcast.core.errors import InputError, StoreConflict


class FileObjects:
    """`port.Objects` in a folder: a blob appears whole under its name, or not at all."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, key: str, body: bytes) -> str:
        """Store a blob and return its SHA-256; the same bytes again are a no-op, other bytes a `StoreConflict`."""
        target = self._path(key)
        digest = hashlib.sha256(body).hexdigest()
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise StoreConflict(
                f"{key!r} cannot be stored: a part of it is a blob's own key; choose another"
            ) from error
        if not target.exists():
            # Somebody may be faster; then the bytes are compared.
            create(target, body)
        if target.is_dir() or target.read_bytes() != body:
            raise StoreConflict(f"{key!r} already holds something else; blobs are immutable, choose another key")
        return digest

    def get(self, key: str) -> bytes:
        """Return a blob; `InputError` when there is none."""
        target = self._path(key)
        if not target.is_file():
            raise InputError(f"no object {key!r} under {self._root}")
        return target.read_bytes()

    def exists(self, key: str) -> bool:
        """Tell whether the key holds a blob."""
        return self._path(key).is_file()

    def discard(self, key: str) -> None:
        """Remove a blob under `_scratch/`, absent or not; `InputError` for any other key."""
        require_scratch(key)
        self._path(key).unlink(missing_ok=True)

    def sweep(self, before: datetime) -> int:
        """Remove blobs under `_scratch/` whose names were given out before; return how many."""
        folder = self._root / SCRATCH
        old = [path for path in folder.iterdir() if is_left_over(path.name, before)] if folder.is_dir() else []
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def _path(self, key: str) -> Path:
        path = self._root.joinpath(*parts_of(key))
        if not path.resolve().is_relative_to(self._root.resolve()):
            raise InputError(f"{key!r} leads out of {self._root} through a link; choose another key")
        return path
