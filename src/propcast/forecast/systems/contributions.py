"""What moved a forecast: the largest terms per participant, as JSON for `explain`."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from propcast.core.arrays import BoolArray, FloatArray

TOP = 5


@dataclass(frozen=True)
class Terms:
    """Named terms of every forecast (rows × names), NaN where a term is missing."""

    names: Sequence[str]
    effects: FloatArray

    @classmethod
    def of(cls, columns: pl.DataFrame) -> "Terms":
        """Take the columns of a frame as terms."""
        return cls(columns.columns, columns.to_numpy().astype(np.float64))

    def texts(self, wanted: BoolArray, top: int = TOP) -> list[str | None]:
        """Return per wanted row its `top` largest terms by size, as a JSON object of name → effect; None for others."""
        effects = self.effects[wanted]
        size = np.where(np.isnan(effects), -1.0, np.abs(effects))
        order = np.argsort(-size, axis=1, kind="stable")[:, :top]
        largest = np.take_along_axis(effects, order, axis=1).round(3)
        present = (~np.isnan(largest)).sum(axis=1)
        labels = [json.dumps(name, ensure_ascii=False) for name in self.names]
        templates: dict[tuple[int, ...], str] = {}
        texts: list[str | None] = [None] * len(wanted)
        rows = np.flatnonzero(wanted).tolist()
        for row, chosen, values, n in zip(rows, order.tolist(), largest.tolist(), present.tolist(), strict=True):
            key = tuple(chosen[:n])
            if key not in templates:
                templates[key] = "{{" + ", ".join(f"{labels[i]}: {{}}" for i in key) + "}}"
            texts[row] = templates[key].format(*values[:n])
        return texts
