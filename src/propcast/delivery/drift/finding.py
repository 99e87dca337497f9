"""What a comparison says."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from propcast.core.errors import PropCastError


class Kind(StrEnum):
    """How reality is another."""

    MISSING = "missing"
    DIFFERENT = "different"
    UNKNOWN = "unknown"
    UNREADABLE = "unreadable"
    """It could be read before and cannot now; nobody may take that for no drift."""


@dataclass(frozen=True)
class Difference:
    """One thing that is not as declared or recorded; `service` is empty for what belongs to none."""

    service: str
    what: str
    kind: Kind
    told: str


@dataclass(frozen=True)
class Compared:
    """A whole run: what was compared (`service what`), what differs, and what there is no way to look at, and why."""

    compared: tuple[str, ...]
    differences: tuple[Difference, ...]
    not_compared: tuple[str, ...]


class NothingCompared(PropCastError):
    """A run that compared nothing says nothing; it is an error, not good news."""


Found = Iterator[tuple[Kind, str]]
Compare = Callable[[], Found]
