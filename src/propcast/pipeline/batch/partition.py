"""Who is forecast, and how they are dealt to shards: by their ids alone, whatever order they came in."""

from collections.abc import Sequence
from itertools import pairwise
from math import ceil

import polars as pl

from propcast.pipeline.batch.inputs import PERSON
from propcast.pipeline.batch.records import Participant
from propcast.pipeline.slate import Slate


def participants(slate: Slate) -> tuple[Participant, ...]:
    """Return everybody who may play, by event and id, each with the distinct lines in force."""
    offered = slate.lines.select(*PERSON, "market", "line").unique().sort(*PERSON, "market", "line")
    lines: dict[tuple[str, str], dict[str, tuple[float, ...]]] = {}
    by_market = offered.group_by(*PERSON, "market", maintain_order=True).agg("line")
    for event, person, market, each in by_market.iter_rows():
        lines.setdefault((event, person), {})[market] = tuple(each)
    people = slate.contexts.select(*PERSON).unique().sort(PERSON).iter_rows()
    return tuple(Participant(event, person, lines.get((event, person), {})) for event, person in people)


def partition(people: Sequence[Participant], most: int) -> list[Sequence[Participant]]:
    """Deal people, in order, to as few shards of at most `most` as hold them, their sizes at most one apart."""
    n = ceil(len(people) / most)
    ends = [len(people) * i // n for i in range(n + 1)]
    return [people[start:end] for start, end in pairwise(ends)]


def named(people: Sequence[Participant]) -> pl.DataFrame:
    """Return people as a frame (event_id, participant_id)."""
    rows = [(each.event_id, each.participant_id) for each in people]
    return pl.DataFrame(rows, schema=dict.fromkeys(PERSON, pl.String), orient="row")
