"""Small drawings as numbers for SVG: where a forecast lies beside a line, and what moved it."""

from collections.abc import Mapping, Sequence
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


def scales(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return the largest value to be shown, by market, so that rows of one market can be compared by eye."""
    most: dict[str, float] = {}
    for row in rows:
        top = max(row["q90"] or 0.0, row["line"] or 0.0)
        most[row["market"]] = max(most.get(row["market"], 0.0), top)
    return most


@dataclass(frozen=True)
class Bar:
    """One contribution: a bar that begins at `start` and is `length` long, on a scale with 0 in the middle."""

    name: str
    value: float
    start: float
    length: float


def bars(contributions: Mapping[str, float], width: float) -> list[Bar]:
    """Return the contributions as bars, largest first."""
    most = max((abs(value) for value in contributions.values()), default=0.0)
    half = width / 2
    ordered = sorted(contributions.items(), key=lambda item: -abs(item[1]))
    lengths = [(name, value, half * abs(value) / most if most else 0.0) for name, value in ordered]
    return [Bar(n, v, round(half - size if v < 0 else half, 1), round(max(size, 0.5), 1)) for n, v, size in lengths]
