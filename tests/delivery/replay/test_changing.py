"""Figures of a change are paired person by person, of the champion at the modal line; incoherent rows are counted."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from propcast.core.distributions import poisson
from propcast.core.markets import market
from propcast.core.scoring import crps
from propcast.delivery.judge.evidence import Change
from propcast.delivery.replay.changing import change, incoherent, joined
from propcast.tables.forecasts import PREDICTIONS

POINTS = market("points")
ACTUALS = pl.DataFrame(
    {"event_id": ["e"], "participant_id": ["a"], "market": ["points"], "actual": [12.0]},
)


def row(person: str, mean: float | None, line: float | None = 10.5, **otherwise: Any) -> dict[str, Any]:
    """A forecast by a Poisson distribution of that mean; none without a mean."""
    who = {"event_id": "e", "participant_id": person, "market": "points", "system": "ensemble"}
    plain: dict[str, Any] = {**who, "prediction_id": f"{person} {line}", "line": line, "is_modal_line": line == 10.5}
    if mean is not None:
        said = poisson(np.array([mean]), POINTS.max_count)
        sides = said.probabilities(np.array([0]), np.array([np.nan if line is None else line]))
        chances = dict(zip(("over", "push", "under"), (float(side[0]) for side in sides), strict=True))
        plain |= {"mean": mean, "family": said.family, "params": said.params[0]}
        plain |= {f"p_{side}_raw": value for side, value in chances.items() if line is not None}
    return plain | otherwise


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    schema = {name: kind for name, kind in PREDICTIONS.schema.items() if name != "batch_id"}
    return pl.DataFrame([{name: each.get(name) for name in schema} for each in rows], schema)


def changed(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> Change:
    return change(frame(*ours), frame(*theirs), ACTUALS)


def test_a_person_counts_once_however_many_lines_he_has() -> None:
    found = changed(
        [row("a", 7.0, 8.5), row("a", 10.0), row("b", 9.0, None)],
        [row("a", 7.0, 8.5), row("a", 10.25), row("b", 9.5, None)],
    )
    assert (found.mean_shift, found.pairs) == ([0.25, 0.5], 2)
    assert len(found.probability_shift) == 1


def test_only_the_champion_counts() -> None:
    other: dict[str, Any] = {"system": "moving_average"}
    found = changed([row("a", 10.0), row("a", 10.0, **other)], [row("a", 10.0), row("a", 30.0, **other)])
    assert (list(found.mean_shift), found.flipped) == ([0.0], 0)


@pytest.mark.parametrize(
    ("before", "after", "flipped"), [(8.0, 14.0, 1), (8.0, 8.5, 0), (8.0, None, 1), (None, 8.0, 1)]
)
def test_who_changes_sides_or_falls_silent_has_flipped(before: float | None, after: float | None, flipped: int) -> None:
    found = changed([row("a", before)], [row("a", after)])
    assert (found.flipped, found.pairs) == (flipped, 1)


def test_who_is_silent_in_both_is_no_pair() -> None:
    assert changed([row("a", None)], [row("a", None)]).pairs == 0


def test_crps_is_that_of_the_result_and_only_where_there_is_one() -> None:
    found = changed([row("a", 10.0), row("b", 9.0)], [row("a", 11.0), row("b", 9.0)])
    both = poisson(np.array([10.0, 11.0]), POINTS.max_count).pmf
    before, after = crps(both, np.array([12.0, 12.0]))
    assert list(found.crps_shift) == pytest.approx([after - before])
    assert after < before


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([row("a", 10.0), row("a", 10.0, 11.5), row("a", 10.0, 11.0)], 0),
        ([row("a", 10.0), row("a", 14.0, 11.5)], 1),
        ([row("a", 10.0, p_under_raw=0.9)], 1),
        ([row("a", 10.0, p_over_blended=0.5, p_push_blended=0.0, p_under_blended=0.6)], 1),
        ([row("a", 14.0, 11.5), row("b", 10.0)], 0),
        ([row("a", None), row("a", 9.0, None)], 0),
    ],
)
def test_rows_that_contradict_themselves_are_counted(rows: list[dict[str, Any]], expected: int) -> None:
    assert incoherent(frame(*rows)) == expected


def test_slates_are_put_together() -> None:
    one, other = Change([1.0], [0.1], 1, [0.5], 2, 3), Change([2.0], [], 4, [], 0, 1)
    assert joined([one, other]) == Change([1.0, 2.0], [0.1], 5, [0.5], 2, 4)
