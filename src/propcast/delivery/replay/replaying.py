"""The last graded slates through a baseline and a canary: the evidence that the judge looks at."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice, zip_longest

import polars as pl

from propcast.backends.state.records import CurrentSlate
from propcast.delivery.judge.evidence import Change, Difference, Replay
from propcast.delivery.replay.asking import Incapable, Tables
from propcast.delivery.replay.changing import change, joined
from propcast.delivery.replay.comparing import NAMED, Compared, compare, subject_of
from propcast.tables.forecasts import PREDICTIONS

Answer = Callable[[CurrentSlate], Tables]
"""Returns the rows that a revision computes for a slate; a canary may be `Incapable`, which is as bad as no rows."""
Results = Callable[[CurrentSlate], pl.DataFrame]
"""Returns what became of everybody on a slate: `actuals`."""


@dataclass(frozen=True)
class Arms:
    """The two revisions that are asked. What one cannot be asked (`Unanswered`) is no evidence, and is passed on."""

    baseline: Answer
    canary: Answer


def replay_forecasts(arms: Arms, slates: Sequence[CurrentSlate], results: Results) -> Replay:
    """Ask two workers for the same slates and return how their forecasts differ, and by how much."""
    compared, changes, refused = list[Compared](), list[Change](), list[Difference]()
    for slate in slates:
        ours = arms.baseline(slate)[PREDICTIONS.name]
        theirs = _answered(arms, slate, refused).get(PREDICTIONS.name, ours.clear())
        compared.append(compare(ours, theirs))
        changes.append(change(ours, theirs, results(slate)))
    return replace(_told(len(slates), compared, refused), change=joined(changes))


def replay_tables(arms: Arms, slates: Sequence[CurrentSlate]) -> Replay:
    """Ask two processors for the days of the same slates and return how the rows of all their tables differ.

    A table that only the canary writes is an addition and no difference.
    """
    compared, refused = list[Compared](), list[Difference]()
    for slate in slates:
        ours, theirs = arms.baseline(slate), _answered(arms, slate, refused)
        compared += [compare(rows, theirs.get(name, rows.clear()), subject_of(name)) for name, rows in ours.items()]
    return replace(_told(len(slates), compared, refused), vanished=sum(each.vanished for each in compared))


def _answered(arms: Arms, slate: CurrentSlate, refused: list[Difference]) -> Tables:
    """Return what the canary makes of a slate; what it says instead is a difference, its rows are missing."""
    try:
        return arms.canary(slate)
    except Incapable as error:
        refused.append(Difference("answer", f"{slate.sport} {slate.game_day}", "status", "200", str(error)))
        return {}


def _told(n_slates: int, compared: Sequence[Compared], refused: Sequence[Difference]) -> Replay:
    return Replay(
        slates=n_slates,
        rows=sum(each.rows for each in compared),
        missing=sum(each.missing for each in compared),
        differing=sum(each.differing for each in compared),
        differences=tuple(islice(chain(refused, _in_turn(compared)), NAMED)),
    )


def _in_turn(compared: Sequence[Compared]) -> Iterator[Difference]:
    """Yield what differs by turns, so that the first hundred tell of every table."""
    turns = zip_longest(*(each.differences for each in compared))
    return (found for found in chain.from_iterable(turns) if found is not None)
