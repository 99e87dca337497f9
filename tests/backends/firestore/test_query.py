"""What Firestore is asked: never what needs an index that is not declared, and never less than what is wanted."""

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripts.firestore_indexes import declared

from propcast.backends.state.firestore.indexes import COMMITS, SORTED, listing, serves
from propcast.backends.state.firestore.query import plan
from propcast.backends.state.port import Collection, Operator, Scalar, Where

RUNS = Collection("runs", ("sport", "game_day", "step", "recency"))
THINGS = Collection("things", ("kind", "size", "shade"))
BOTH = st.sampled_from([RUNS, THINGS])
VALUES: st.SearchStrategy[Scalar | Sequence[Scalar]] = st.sampled_from(["a", 1])
LISTS: st.SearchStrategy[Scalar | Sequence[Scalar]] = st.just(["a", "b"])
OPS: list[Operator] = ["==", "<", "<=", ">", ">=", "in"]


@st.composite
def asked(draw: st.DrawFn) -> tuple[Collection, list[Where], str | None, bool, int | None]:
    collection = draw(BOTH)
    fields = st.sampled_from(collection.fields)
    where = [
        Where(field, op, draw(LISTS if op == "in" else VALUES))
        for field, op in draw(st.lists(st.tuples(fields, st.sampled_from(OPS)), max_size=4))
    ]
    limit = draw(st.none() | st.just(1))
    return collection, where, draw(st.none() | fields), draw(st.booleans()), limit


@given(asked())
def test_no_query_needs_an_index_that_is_not_declared(
    given: tuple[Collection, list[Where], str | None, bool, int | None],
) -> None:
    """Automatic indexes serve equalities alone, and one field's ranges with an order by it; others are declared."""
    collection, where, order_by, descending, limit = given
    query = plan("p_" + collection.name, collection, where, order_by, descending, limit).query
    equal, ranged = set[str](), set[str]()
    parts = list(query.where.composite_filter.filters) or ([query.where] if "field_filter" in query.where else [])
    for part in parts:
        field = part.field_filter.field.field_path.removeprefix("by_")
        (equal if part.field_filter.op.name in ("EQUAL", "IN") else ranged).add(field)
    *sorts, last = query.order_by
    assert last.field.field_path == "__name__"
    sorted_by = {each.field.field_path.removeprefix("by_") for each in sorts}
    assert len(sorted_by) <= 1
    assert ranged <= sorted_by
    assert not equal & sorted_by
    down = last.direction.name == "DESCENDING"
    if sorted_by and equal:
        assert serves(collection.name, equal, sorted_by.pop(), down)
    assert not (down and not sorts), "no index goes down by name alone"


def test_a_limit_is_firestores_only_where_nothing_is_left_to_do() -> None:
    where = [Where("sport", "==", "nba")]
    served = plan("runs", RUNS, where, "recency", True, 5)
    assert (served.query.limit, served.in_order) == (5, True)
    unserved = plan("runs", RUNS, where, "recency", False, 5)
    assert (unserved.query.limit, unserved.in_order) == (None, False)
    both = [*where, Where("step", "in", [f"{number}" for number in range(31)])]
    residual = plan("runs", RUNS, both, "recency", True, 5)
    assert (residual.query.limit, residual.in_order) == (None, True)
    cut = plan("runs", RUNS, [Where("sport", "==", "x" * 2_000)], "recency", True, 5)
    assert cut.query.limit is None


def test_collections_and_fields_of_indexes_are_those_of_the_code() -> None:
    known = {one.name: one for one in declared()}
    for name, all_ in SORTED.items():
        for one in all_:
            assert {one.field, *one.by} <= set(known[name].fields)


def test_the_listing_says_what_firestore_has_to_be_told() -> None:
    told = listing("staging_", ["runs", "inbox"])
    assert json.loads(json.dumps(told)) == told
    first = {"fieldPath": "by_sport", "order": "ASCENDING"}, {"fieldPath": "by_recency", "order": "DESCENDING"}
    assert {"collectionGroup": "staging_runs", "queryScope": "COLLECTION", "fields": list(first)} in told["indexes"]
    assert {"collectionGroup": "staging_runs", "fieldPath": "body", "indexes": []} in told["fieldOverrides"]
    ends = {each["collectionGroup"] for each in told["fieldOverrides"] if each.get("ttl")}
    assert ends == {"staging_inbox", "staging_outbox_sent", f"staging_{COMMITS}"}


@pytest.mark.parametrize("name", ["clock", COMMITS])
def test_what_the_store_keeps_for_itself_is_nobodys_collection(name: str) -> None:
    assert name not in {one.name for one in declared()}
