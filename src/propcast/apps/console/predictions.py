"""The page of one prediction: everything that `propcast explain` prints, and what is drawn of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from propcast.apps.console.drawing import Bar, Spread, bars, spread
from propcast.core.provenance import is_simulated
from propcast.pipeline.explaining import Explanation
from propcast.pipeline.plain import plain

DRAWN = 560.0
"""Width of the drawings of one prediction, in their own units."""
_BARS = 240.0
_SHOWN_BARS = 12


@dataclass(frozen=True)
class PredictionPage:
    """One prediction as the page shows it."""

    found: Explanation

    @property
    def is_simulated(self) -> bool:
        """Whether the game was made up."""
        return is_simulated(str(self.found.prediction["event_id"]))

    @property
    def spread(self) -> Spread | None:
        """Where the forecast lies beside the line."""
        row = self.found.prediction
        return spread(row, 1.15 * max(row["q90"] or 0.0, row["line"] or 0.0), DRAWN)

    @property
    def bars(self) -> list[Bar]:
        """What moved the mean most."""
        return bars(self.found.contributions(), _BARS)[:_SHOWN_BARS]

    def quotes(self) -> list[dict[str, Any]]:
        """Return the quotes that it rests on."""
        return self.found.quotes.to_dicts()


def rows(found: Explanation) -> pl.DataFrame:
    """Return the explanation as rows of part, name and value."""
    told = plain(found)
    parts = told.items() if isinstance(told, Mapping) else ()
    flat = [(part, name, value) for part, content in parts for name, value in _flat(content)]
    return pl.DataFrame(flat, schema=dict.fromkeys(("part", "name", "value"), pl.String), orient="row")


def _flat(content: object, prefix: str = "") -> list[tuple[str, str | None]]:
    """Name every value inside by where it is: `3.book`."""
    match content:
        case Mapping():
            inner = content.items()
        case list():
            inner = ((str(place), each) for place, each in enumerate(content))  # type: ignore[assignment]
        case _:
            return [(prefix, None if content is None else str(content))]
    return [pair for name, value in inner for pair in _flat(value, f"{prefix}.{name}" if prefix else str(name))]
