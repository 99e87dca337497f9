"""Small drawings as numbers for SVG: where a forecast lies beside a line, and what moved it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WIDTH = 120.0
_EDGE = 2.0


@dataclass(frozen=True)
class Spread:
    """A forecast on a scale from 0 to the largest value shown: its 10–90 % and 25–75 % ranges, median and line."""

    low: float
    quarter: float
    median: float
    three_quarters: float
    high: float
    line: float | None

    @property
    def inner(self) -> float:
        """Width of the 25–75 % range; never so thin that it vanishes."""
        return max(1.5, self.three_quarters - self.quarter)


def spread(row: Mapping[str, Any], most: float, width: float = WIDTH) -> Spread | None:
    """Return the drawing of one forecast; None where there is no distribution."""
    if row["q50"] is None or most <= 0:
        return None

    def at(value: float) -> float:
        return round(_EDGE + (width - 2 * _EDGE) * min(value, most) / most, 1)

    low, quarter, median, three_quarters, high = (at(row[name]) for name in ("q10", "q25", "q50", "q75", "q90"))
    return Spread(low, quarter, median, three_quarters, high, None if row["line"] is None else at(row["line"]))


@dataclass(frozen=True)
class Bar:
    """One contribution: a bar `length` long that begins at `start`; nought is at `axis`."""

    name: str
    value: float
    start: float
    length: float
    axis: float


def bars(contributions: Mapping[str, float], width: float) -> list[Bar]:
    """Return the contributions as bars, largest first; nought is in the middle unless all go one way."""
    most = max((abs(value) for value in contributions.values()), default=0.0)
    values = contributions.values()
    axis = 0.0 if all(v >= 0 for v in values) else width if all(v <= 0 for v in values) else width / 2
    room = max(axis, width - axis)
    ordered = sorted(contributions.items(), key=lambda item: -abs(item[1]))
    lengths = [(name, value, max(0.5, room * abs(value) / most) if most else 0.5) for name, value in ordered]
    return [Bar(n, v, round(axis - (size if v < 0 else 0), 1), round(size, 1), axis) for n, v, size in lengths]
