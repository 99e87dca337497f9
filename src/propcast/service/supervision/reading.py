"""Reads the logs of a home: the last lines of one process or of all, in the order of time, and what comes after."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from propcast.service.supervision.logfile import numbered

_BLOCK = 65_536
_SUFFIX = ".log"


@dataclass(frozen=True)
class Line:
    """One line of a log.

    Attributes:
        source: the process that wrote it.
        text: as it was written.
        time: when, as the line says; that of the line before where it says nothing.
    """

    source: str
    text: str
    time: str = field(default="", compare=False)

    @property
    def fields(self) -> Mapping[str, object]:
        """What the line says as an event; empty for a line that is none."""
        return fields_of(self.text)


def fields_of(text: str) -> Mapping[str, object]:
    """Return the fields of a line of JSON; none for any other line."""
    if not text.startswith("{"):
        return {}
    try:
        found: Mapping[str, object] = json.loads(text)
    except ValueError:
        return {}
    return found


def sources(logs: Path) -> list[str]:
    """Return the processes that have a log."""
    return sorted(path.name.removesuffix(_SUFFIX) for path in logs.glob(f"*{_SUFFIX}"))


def last_lines(logs: Path, names: Sequence[str], most: int) -> list[Line]:
    """Return the latest lines of these processes together, oldest first."""
    merged = [line for name in names for line in _timed(name, _tail(logs / f"{name}{_SUFFIX}", most))]
    merged.sort(key=lambda line: line.time)
    return merged[len(merged) - most :] if most < len(merged) else merged


class Follower:
    """Gives lines that are written after it was made, of files that turn or come into being too."""

    def __init__(self, logs: Path, names: Sequence[str] = ()) -> None:
        self._logs, self._names = logs, tuple(names)
        self._ends = {name: _End.of(self._path(name), from_start=False) for name in self._present()}

    def new(self) -> list[Line]:
        """Return the lines that were ended since the last call."""
        for name in self._present():
            if name not in self._ends:
                self._ends[name] = _End.of(self._path(name), from_start=True)
        found = [line for name, end in self._ends.items() for line in _timed(name, end.lines(self._path(name)))]
        return sorted(found, key=lambda line: line.time)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for end in self._ends.values():
            end.file.close()

    def _present(self) -> list[str]:
        return [name for name in sources(self._logs) if not self._names or name in self._names]

    def _path(self, name: str) -> Path:
        return self._logs / f"{name}{_SUFFIX}"


@dataclass
class _End:
    """An open log file, read up to its end."""

    file: BinaryIO
    begun: bytes = b""

    @classmethod
    def of(cls, path: Path, *, from_start: bool) -> "_End":
        file = path.open("rb")
        file.seek(0, 0 if from_start else 2)
        return cls(file)

    def lines(self, path: Path) -> Iterator[str]:
        yield from self._ended()
        if path.exists() and not os.path.samestat(path.stat(), os.fstat(self.file.fileno())):
            self.file.close()
            self.file = path.open("rb")
            yield from self._ended()

    def _ended(self) -> Iterator[str]:
        *ended, self.begun = (self.begun + self.file.read()).split(b"\n")
        return (line.decode("utf-8", errors="replace") for line in ended)


def _timed(name: str, lines: Iterable[str]) -> Iterator[Line]:
    time = ""
    for text in lines:
        time = str(fields_of(text).get("time", time))
        yield Line(name, text, time)


def _tail(path: Path, most: int) -> list[str]:
    """Return the last lines of a file, of the older ones too where it has too few."""
    found: list[str] = []
    number = 0
    while len(found) < most and numbered(path, number).exists():
        found = _tail_of_one(numbered(path, number), most - len(found)) + found
        number += 1
    return found


def _tail_of_one(path: Path, most: int) -> list[str]:
    with path.open("rb") as file:
        position, read = file.seek(0, 2), b""
        while position and read.count(b"\n") <= most:
            step = min(_BLOCK, position)
            position -= step
            file.seek(position)
            read = file.read(step) + read
    lines = read.decode("utf-8", errors="replace").splitlines()
    return lines[len(lines) - most :] if most < len(lines) else lines
