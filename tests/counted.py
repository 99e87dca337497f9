"""What several tests counted of the same things, as one table for people."""

from collections.abc import Sequence

Counted = dict[str, str | int]
"""Counts by their heading; `of` says of what. Tests of the same thing share a row."""

TOTAL = "all"


def counted_table(counted: Sequence[Counted]) -> list[str]:
    """Return the lines of the table, with a sum at its end; none when nothing was counted."""
    rows: dict[str, Counted] = {}
    for each in sorted(counted, key=lambda each: str(each["of"])):
        rows.setdefault(str(each["of"]), {}).update(each)
    headings = list(dict.fromkeys(name for each in rows.values() for name in each))
    if not rows:
        return []
    sums = {name: sum(int(each.get(name, 0)) for each in rows.values()) for name in headings[1:]}
    total: Counted = {"of": TOTAL, **sums}
    cells = [["", *headings[1:]], *(_cells(each, headings) for each in (*rows.values(), total))]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(_placed(row, widths)).rstrip() for row in cells]


def _cells(row: Counted, headings: Sequence[str]) -> list[str]:
    """A test that did not run has counted nothing, which is not 0."""
    return [f"{value:,}" if isinstance(value := row.get(name, "-"), int) else value for name in headings]


def _placed(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    first, *others = zip(row, widths, strict=True)
    return [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
