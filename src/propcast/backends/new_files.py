"""Files that appear whole under their name, or not at all."""

import contextlib
import os
import tempfile
from pathlib import Path


def create(path: Path, content: bytes) -> None:
    """Make a file, mode 0600, on the disk when this returns; one that exists, or that somebody made first, stays."""
    descriptor, name = tempfile.mkstemp(prefix=".new-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        # A link, unlike a rename, never replaces what is there.
        with contextlib.suppress(FileExistsError):
            os.link(name, path)
    finally:
        Path(name).unlink()
