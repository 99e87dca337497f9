"""Rows of two revisions side by side: who is missing, and every value that is not the same."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, zip_longest
from math import isclose

import polars as pl

from propcast.delivery.judge.evidence import Difference
from propcast.tables import registry
from propcast.tables.forecasts import PREDICTIONS

KEY = ("event_id", "participant_id", "market", "system", "line")
"""What a forecast is about: its id says by which release it was made, too."""
TOLERANCE = 1e-9
NAMED = 100

_COPY = "copy"
_THEIRS = "_of_canary"


@dataclass(frozen=True)
class Subject:
    """Rows of which table are compared, and by which columns."""

    name: str = PREDICTIONS.name
    key: tuple[str, ...] = KEY


FORECASTS = Subject()


def subject_of(name: str) -> Subject:
    """Return how rows of `step/table` are compared: by the table's key, where the hash of a contract names nobody."""
    table = registry.table(name.rpartition("/")[2])
    return Subject(name, tuple(column for column in table.key if column != "feature_hash"))


@dataclass(frozen=True)
class Compared:
    """How two sets of rows differ; `differences` has the first hundred.

    Attributes:
        missing: rows of one side only.
        differing: values that are not the same; of which the canary has none where the baseline has one: `vanished`.
    """

    rows: int
    missing: int
    differing: int
    vanished: int
    differences: tuple[Difference, ...]


def compare(baseline: pl.DataFrame, canary: pl.DataFrame, of: Subject = FORECASTS) -> Compared:
    """Compare rows by what they are about; columns that only the canary has are additions and no difference.

    A row that is there twice is one row too many. Numbers are the same within 1e-9, also those inside of texts.
    """
    is_known = set(of.key) <= set(canary.columns)  # rows that do not say what they are about are no rows
    ours, theirs = _counted(baseline, of), _counted(canary if is_known else baseline.clear(), of)
    key = [*of.key, _COPY]
    both = ours.join(theirs, on=key, how="inner", nulls_equal=True, suffix=_THEIRS, maintain_order="left")
    lost = ours.join(theirs, on=key, how="anti", nulls_equal=True, maintain_order="left")
    added = theirs.join(ours, on=key, how="anti", nulls_equal=True, maintain_order="left")
    changed = {name: _changed(both, theirs, of, name) for name in baseline.columns if name not in of.key}
    found = (*_absent(lost, of, "baseline"), *_absent(added, of, "canary"), *_values(changed, of))
    return Compared(
        rows=baseline.height,
        missing=lost.height + added.height,
        differing=sum(rows.height for rows in changed.values()),
        vanished=sum(map(_vanished, changed.values())),
        differences=tuple(islice(found, NAMED)),
    )


def _counted(rows: pl.DataFrame, of: Subject) -> pl.DataFrame:
    return rows.with_columns(pl.int_range(pl.len()).over(of.key).alias(_COPY))


def _changed(both: pl.DataFrame, theirs: pl.DataFrame, of: Subject, name: str) -> pl.DataFrame:
    """Return the key and both values (`baseline`, `canary`) of the rows in which a column is not the same."""
    there = name in theirs.columns
    value = pl.col(name + _THEIRS) if there else pl.lit(None, both.schema[name])
    pairs = both.select(*of.key, pl.col(name).alias("baseline"), value.alias("canary"))
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


def _vanished(rows: pl.DataFrame) -> int:
    is_gone = pl.col("canary").is_null()
    if rows.schema["canary"].is_float():
        is_gone = is_gone | pl.col("canary").is_nan()
    return rows.filter(pl.col("baseline").is_not_null() & is_gone).height


def _absent(rows: pl.DataFrame, of: Subject, there_in: str) -> Iterator[Difference]:
    for row in rows.select(of.key).iter_rows():
        sides = {"baseline": None, "canary": None, there_in: "a row"}
        yield Difference(of.name, named(of, row), "", sides["baseline"], sides["canary"])


def _values(changed: dict[str, pl.DataFrame], of: Subject) -> Iterator[Difference]:
    """Yield what differs by turns of the columns, so that the first hundred tell of each."""
    for turn in zip_longest(*(rows.iter_rows() for rows in changed.values())):
        for column, found in zip(changed, turn, strict=True):
            if found is not None:
                *key, ours, theirs = found
                yield Difference(of.name, named(of, key), column, ours, theirs)


def named(of: Subject, key: tuple[object, ...] | list[object]) -> str:
    """Return what a row is about, in words."""
    known = [(column, value) for column, value in zip(of.key, key, strict=True) if value is not None]
    return " ".join(f"at {value:g}" if column == "line" else str(value) for column, value in known)
