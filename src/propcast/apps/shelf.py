"""Keeps frames that were read, the ones used last, up to a number of bytes."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

import polars as pl

MOST_BYTES = 96 * 1024 * 1024


class Shelf:
    """Frames by key; any number of threads may ask. Two that miss at once may both read; either frame is right."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._bytes = most_bytes, 0
        self._kept: OrderedDict[Hashable, tuple[Hashable, pl.DataFrame, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, version: Hashable, read: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """Return the frame of a key as of a version, reading it when another version or nothing is kept."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None and found[0] == version:
                self._kept.move_to_end(key)
                return found[1]
        frame = read()
        self._keep(key, version, frame)
        return frame

    def _keep(self, key: Hashable, version: Hashable, frame: pl.DataFrame) -> None:
        size = int(frame.estimated_size()) + 1
        with self._lock:
            self._bytes += size - self._kept.pop(key, (None, None, 0))[2]
            self._kept[key] = (version, frame, size)
            while self._bytes > self._most and len(self._kept) > 1:
                self._bytes -= self._kept.popitem(last=False)[1][2]
