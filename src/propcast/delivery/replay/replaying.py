"""The last graded slates through a baseline and a canary: the evidence that the judge looks at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain, islice

import polars as pl

from propcast.backends.state.records import CurrentSlate
from propcast.delivery.judge.evidence import Change, Replay
from propcast.delivery.replay.changing import change, joined
from propcast.delivery.replay.comparing import NAMED, Compared, compare

Answer = Callable[[CurrentSlate], pl.DataFrame]
"""Returns the rows that a revision computes for a slate; empty when it says that it cannot."""


@dataclass(frozen=True)
class Arms:
    """The two revisions that are asked."""

    baseline: Answer
    canary: Answer


def replay(arms: Arms, slates: Sequence[CurrentSlate], results: Answer | None = None) -> Replay:
    """Ask both revisions for the same slates and return how their rows differ.

    With `results`, which gives the `actuals` of a slate, also by how much: what a declared change is judged by. What
    an arm cannot be asked (`Unanswered`) is no evidence, and is passed on.
    """
    compared, changes = list[Compared](), list[Change]()
    for slate in slates:
        baseline, canary = arms.baseline(slate), arms.canary(slate)
        compared.append(compare(baseline, canary))
        if results is not None:
            changes.append(change(baseline, canary, results(slate)))
    return Replay(
        slates=len(compared),
        rows=sum(each.rows for each in compared),
        missing=sum(each.missing for each in compared),
        differing=sum(each.differing for each in compared),
        differences=tuple(islice(chain.from_iterable(each.differences for each in compared), NAMED)),
        change=None if results is None else joined(changes),
    )
