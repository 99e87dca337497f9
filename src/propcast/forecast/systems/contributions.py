"""What moved a forecast: the largest terms per participant, as JSON for `explain`."""

import json
from collections.abc import Sequence

import numpy as np
import polars as pl

from propcast.core.arrays import FloatArray

TOP = 5


def top_terms(names: Sequence[str], effects: FloatArray, top: int = TOP) -> list[str | None]:
    """Return per row the `top` largest effects by size, as a JSON object of name → effect, without missing ones."""
    size = np.where(np.isnan(effects), -1.0, np.abs(effects))
    order = np.argsort(-size, axis=1, kind="stable")[:, :top]
    largest = np.take_along_axis(effects, order, axis=1).round(3)
    present = (~np.isnan(largest)).sum(axis=1)
    labels = [json.dumps(name, ensure_ascii=False) for name in names]
    templates: dict[tuple[int, ...], str] = {}
    texts: list[str | None] = []
    for chosen, values, n in zip(order.tolist(), largest.tolist(), present.tolist(), strict=True):
        key = tuple(chosen[:n])
        if key not in templates:
            templates[key] = "{{" + ", ".join(f"{labels[i]}: {{}}" for i in key) + "}}"
        texts.append(templates[key].format(*values[:n]))
    return texts


def top_columns(terms: pl.DataFrame) -> list[str | None]:
    """Return `top_terms` of a frame whose columns are the terms."""
    return top_terms(terms.columns, terms.cast(pl.Float64).to_numpy().astype(np.float64))
