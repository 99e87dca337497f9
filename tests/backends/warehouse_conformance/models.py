"""The rules against brute-force models, on random writes."""

from collections.abc import Sequence

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from propcast.backends.warehouse.port import In
from propcast.core.clock import FixedClock
from propcast.tables.schema import Rule, Table
from tests.backends.conftest import Adapter
from tests.backends.samples import BY_RULE, FACTS, FIRST, LATEST, NOON, QUOTES, SEASON_2025, SLICES, at, frame, row

Observation = tuple[str, int, float | None]

things = st.sampled_from("abc")
contents = st.sampled_from([None, 0.0, 1.0, 2.0])
histories = st.lists(st.tuples(things, st.integers(0, 8), contents), max_size=14, unique_by=lambda o: o[:2])
writes = st.lists(st.dictionaries(things, contents, max_size=3), max_size=4)
few = settings(max_examples=12, deadline=None)


@few
@given(data=st.data(), history=histories, cut=st.integers(1, 5))
def test_log_read_as_of_any_moment_equals_the_whole_history(
    adapter: Adapter, data: st.DataObject, history: list[Observation], cut: int
) -> None:
    warehouse = adapter.site().open(FixedClock(NOON))
    ordered = sorted(history, key=lambda o: o[1])
    for start in range(0, len(ordered), cut):
        batch = data.draw(st.permutations(ordered[start : start + cut]))
        for _ in range(data.draw(st.integers(1, 2), label="deliveries")):
            warehouse.write(QUOTES, quotes(batch), FIRST)
    for hour in range(9):
        known = warehouse.read(QUOTES, as_of=at(hour)).sort("observed_at")
        assert dict(known.select("thing", "value").iter_rows()) == state_at(ordered, hour)
    states = warehouse.read(QUOTES).sort("thing", "observed_at")
    repeats = states.filter(
        (pl.col("thing") == pl.col("thing").shift(1)) & pl.col("value").eq_missing(pl.col("value").shift(1))
    )
    assert repeats.is_empty()


@few
@given(frames=writes)
def test_key_once_and_set_equal_a_dictionary(adapter: Adapter, frames: list[dict[str, float | None]]) -> None:
    warehouse = adapter.site().open(FixedClock(NOON))
    latest: dict[str, float | None] = {}
    facts: dict[str, float | None] = {}
    for content in frames:
        rows = frame(*(row(thing, value) for thing, value in content.items()))
        warehouse.write(LATEST, rows, FIRST)
        warehouse.write(FACTS, rows, FIRST)
        result = warehouse.write(SLICES, rows, FIRST, scope=SEASON_2025)
        assert result.rows_in == result.written + result.unchanged + result.merged == len(content)
        latest, facts = latest | content, content | facts
        for table, model in ((LATEST, latest), (FACTS, facts), (SLICES, content)):
            assert dict(warehouse.read(table).select("thing", "value").iter_rows()) == model


@few
@given(data=st.data(), history=histories)
def test_order_of_rows_in_a_frame_changes_nothing(
    adapter: Adapter, data: st.DataObject, history: list[Observation]
) -> None:
    straight, mixed = adapter.site().open(FixedClock(NOON)), adapter.site().open(FixedClock(NOON))
    shuffled = data.draw(st.permutations(history))
    for table in BY_RULE:
        one, other = rows_for(table, history), rows_for(table, shuffled)
        scope = [In("season", ("2025",))] if table.rule is Rule.SET else []
        assert straight.write(table, one, FIRST, scope=scope) == mixed.write(table, other, FIRST, scope=scope)
        assert straight.content_hash(table) == mixed.content_hash(table)
        assert straight.read(table).equals(mixed.read(table))


def quotes(history: Sequence[Observation]) -> pl.DataFrame:
    return frame(*(row(thing, value, hour=hour) for thing, hour, value in history), table=QUOTES)


def rows_for(table: Table, history: Sequence[Observation]) -> pl.DataFrame:
    """One row per key: where the key has no time, the hour becomes part of the name."""
    if "observed_at" in table.key:
        return quotes(history)
    return frame(*(row(f"{thing}{hour}", value) for thing, hour, value in history), table=table)


def state_at(history: Sequence[Observation], hour: int) -> dict[str, float | None]:
    return {thing: value for thing, observed, value in history if observed <= hour}
