"""Rows of two revisions side by side: who is missing, and every value that is not the same."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from math import isclose

import polars as pl

from propcast.delivery.judge.evidence import Difference
from propcast.tables.forecasts import PREDICTIONS

KEY = ("event_id", "participant_id", "market", "system", "line")
TOLERANCE = 1e-9
NAMED = 100

_COPY = "copy"
_THEIRS = "_of_canary"


@dataclass(frozen=True)
class Compared:
    """How two sets of rows differ; `differences` has the first hundred."""

    rows: int
    missing: int
    differing: int
    differences: tuple[Difference, ...]


def compare(baseline: pl.DataFrame, canary: pl.DataFrame) -> Compared:
    """Compare rows by what they are about; columns that only the canary has are additions and no difference.

    A row that is there twice is one row too many. Numbers are the same within 1e-9, also those inside of texts.
    """
    is_known = set(KEY) <= set(canary.columns)  # rows that do not say what they are about are no rows
    ours, theirs = _counted(baseline), _counted(canary if is_known else baseline.clear())
    key = [*KEY, _COPY]
    both = ours.join(theirs, on=key, how="inner", nulls_equal=True, suffix=_THEIRS, maintain_order="left")
    lost = ours.join(theirs, on=key, how="anti", nulls_equal=True, maintain_order="left")
    added = theirs.join(ours, on=key, how="anti", nulls_equal=True, maintain_order="left")
    changed = {name: _changed(both, theirs, name) for name in baseline.columns if name not in KEY}
    found = (*_absent(lost, "baseline"), *_absent(added, "canary"), *_values(changed))
    return Compared(
        rows=baseline.height,
        missing=lost.height + added.height,
        differing=sum(rows.height for rows in changed.values()),
        differences=tuple(islice(found, NAMED)),
    )


def _counted(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.int_range(pl.len()).over(KEY).alias(_COPY))


def _changed(both: pl.DataFrame, theirs: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return KEY and both values (`baseline`, `canary`) of the rows in which a column is not the same."""
    there = name in theirs.columns
    value = pl.col(name + _THEIRS) if there else pl.lit(None, both.schema[name])
    pairs = both.select(*KEY, pl.col(name).alias("baseline"), value.alias("canary"))
    if not there:
        return pairs
    kinds = pairs.schema["baseline"], pairs.schema["canary"]
    if all(kind.is_numeric() for kind in kinds):
        return pairs.filter(_is_apart())
    if kinds[0] != kinds[1]:
        return pairs
    rows = pairs.filter(pl.col("baseline").ne_missing(pl.col("canary")))
    return _unlike(rows) if kinds[0] == pl.String else rows


def _is_apart() -> pl.Expr:
    ours, theirs = (pl.col(arm).cast(pl.Float64).fill_nan(None) for arm in ("baseline", "canary"))
    return (ours.is_null() != theirs.is_null()) | ((ours - theirs).abs() > TOLERANCE).fill_null(value=False)


def _unlike(rows: pl.DataFrame) -> pl.DataFrame:
    """Leave out texts that say the same but for the last digits of numbers in them, as parameters do."""
    pairs = rows.select("baseline", "canary").iter_rows()
    return rows.filter(pl.Series([not _alike(_read(ours), _read(theirs)) for ours, theirs in pairs], dtype=pl.Boolean))


def _read(text: str | None) -> object:
    try:
        return None if text is None else json.loads(text)
    except json.JSONDecodeError:
        return text


def _alike(ours: object, theirs: object) -> bool:
    match ours, theirs:
        case (bool(), _) | (_, bool()):
            return ours is theirs
        case int() | float(), int() | float():
            return isclose(ours, theirs, rel_tol=0, abs_tol=TOLERANCE)
        case list(), list():
            return len(ours) == len(theirs) and all(map(_alike, ours, theirs))
        case dict(), dict():
            return ours.keys() == theirs.keys() and all(_alike(ours[name], theirs[name]) for name in ours)
        case _:
            return ours == theirs


def _absent(rows: pl.DataFrame, there_in: str) -> Iterator[Difference]:
    for row in rows.select(KEY).iter_rows():
        sides = {"baseline": None, "canary": None, there_in: "a row"}
        yield Difference(PREDICTIONS.name, named(row), "", sides["baseline"], sides["canary"])


def _values(changed: dict[str, pl.DataFrame]) -> Iterator[Difference]:
    for column, rows in changed.items():
        for *key, ours, theirs in rows.iter_rows():
            yield Difference(PREDICTIONS.name, named(key), column, ours, theirs)


def named(key: tuple[object, ...] | list[object]) -> str:
    """Return what a row is about, in words."""
    *about, line = key
    return " ".join(map(str, about)) + ("" if line is None else f" at {line:g}")
