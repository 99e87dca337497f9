"""A log file that a new one takes the place of when it is full."""

from pathlib import Path
from types import TracebackType
from typing import Self

FULL = 8_000_000
KEPT = 4


class LogFile:
    """Appends output to `path`; older output is in `path.1`, `path.2`, ... Only whole lines end a file.

    Attributes:
        lost: bytes that could not be written.
    """

    def __init__(self, path: Path, full: int = FULL, kept: int = KEPT) -> None:
        self._path, self._full, self._kept = path, full, kept
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab", buffering=0)
        self.last_line = b""
        self.lost = 0
        self._unended = b""

    def write(self, output: bytes) -> None:
        """Append what came, however it was cut; what a full disk does not take is lost, and nobody is held up."""
        self._remember(output)
        try:
            self._append(output)
        except OSError:  # whoever keeps processes running goes on without a log
            self.lost += len(output)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _append(self, output: bytes) -> None:
        if self._file.closed:
            self._file = self._path.open("ab", buffering=0)
        head, newline, tail = output.rpartition(b"\n")
        if newline and self._file.tell() + len(output) > self._full:
            self._file.write(head + newline)
            self._turn()
            output = tail
        if output:
            self._file.write(output)

    def _remember(self, output: bytes) -> None:
        *ended, self._unended = (self._unended + output).split(b"\n")
        self._unended = self._unended[-4096:]
        self.last_line = next((line for line in (self._unended, *reversed(ended)) if line.strip()), self.last_line)

    def _turn(self) -> None:
        self._file.close()
        for number in range(self._kept - 1, 0, -1):
            older = numbered(self._path, number)
            if older.exists():
                older.replace(numbered(self._path, number + 1))
        self._path.replace(numbered(self._path, 1))
        self._file = self._path.open("ab", buffering=0)


def numbered(path: Path, number: int) -> Path:
    """Return the name of an older file; 0 is the current one."""
    return path.with_name(f"{path.name}.{number}") if number else path
