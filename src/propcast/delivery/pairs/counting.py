"""Counts rows of forecasts by what they mean to those who use them."""

from collections.abc import Mapping

import polars as pl

from propcast.core.decisions import decide
from propcast.core.reasons import Decision, Status

Counters = Mapping[str, float]


def counters(rows: pl.DataFrame) -> dict[str, float]:
    """Return the business counters of PREDICTIONS rows; decisions are those that follow from these rows alone."""
    decided = decide(rows)["decision"]
    return {
        "rows": float(rows.height),
        "abstentions": _share(rows["status"], Status.ABSTAINED) * rows.height,
        "share without a line": _share(rows["status"], Status.NO_LINE),
        "values that are null": float(sum(rows.null_count().row(0))),
        **{f"decisions {each.value}": _share(decided, each) * rows.height for each in Decision},
    }


def _share(values: pl.Series, value: str) -> float:
    found: float | None = (values == value).mean()  # type: ignore[assignment]
    return found or 0.0
