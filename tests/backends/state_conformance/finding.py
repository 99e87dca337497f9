"""Finding: filters, order and limit, compared with the same done by hand."""

import operator
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from propcast.backends.state.port import Collection, Document, Operator, Scalar, State, Transaction, Where
from propcast.core.clock import FixedClock
from propcast.core.errors import InputError
from tests.backends.state_conformance.samples import NOON, THINGS, put, thing
from tests.backends.state_sites import StateSite

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
ORDERS: list[Operator] = ["<", "<=", ">", ">="]
EQUAL: list[Operator] = ["=="]
IN: list[Operator] = ["in"]
NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=3)
# Few values, so that equal ones and neighbours meet; whole floats equal integers, True equals nothing but itself.
NUMBERS = st.sampled_from([0, 1, -1, 1.0, 0.1, 1e300, 5e-324, 2**53, -(2**63)])
TEXTS = st.sampled_from(["", "1", "a", "A", "aa", "é", "z", "🏀", "￿"]) | NAMES
SCALARS: st.SearchStrategy[Scalar] = st.none() | st.booleans() | NUMBERS | TEXTS
# `kind` mixes types, which conditions tell apart; `size` has one type and None, so that it has an order.
KEYS = NAMES.filter(bool)
BODIES = st.sampled_from([st.booleans(), NUMBERS, TEXTS]).flatmap(
    lambda one: st.dictionaries(KEYS, st.fixed_dictionaries({"kind": SCALARS, "size": st.none() | one}), max_size=8)
)
FIELDS = st.sampled_from(THINGS.fields)
CONDITIONS = st.one_of(
    st.builds(Where, FIELDS, st.sampled_from(ORDERS), NUMBERS | TEXTS),
    st.builds(Where, FIELDS, st.sampled_from(EQUAL), SCALARS),
    st.builds(Where, FIELDS, st.sampled_from(IN), st.lists(SCALARS, max_size=3)),
)


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    bodies=BODIES,
    where=st.lists(CONDITIONS, max_size=2),
    order_by=st.sampled_from([None, "size"]),
    descending=st.booleans(),
    limit=st.none() | st.integers(1, 9),
)
def test_find_does_what_the_port_says(
    state_site: StateSite,
    bodies: dict[str, dict[str, Scalar]],
    where: list[Where],
    order_by: str | None,
    descending: bool,
    limit: int | None,
) -> None:
    """The same inside and outside a transaction, and the same as filtering and sorting by hand."""
    state = state_site.open(FixedClock(NOON))
    clear(state, THINGS)
    put(state, THINGS, **{key: thing(**body) for key, body in bodies.items()})  # type: ignore[arg-type]
    expected = by_hand(bodies, where, order_by, descending)[:limit]
    assert ids(state.find(THINGS, where, order_by=order_by, descending=descending, limit=limit)) == expected
    inside = state.transact(lambda tx: tx.find(THINGS, where, order_by=order_by, descending=descending, limit=limit))
    assert ids(inside) == expected


def test_a_number_is_found_by_its_value_whatever_its_digits(state: State) -> None:
    rng = random.Random(5)  # noqa: S311
    values = [0.1, 1 / 3, 5e-324, *(rng.uniform(-1, 1) * 10.0 ** rng.randint(-300, 300) for _ in range(200))]
    put(state, THINGS, **{f"{number}": thing(size=value) for number, value in enumerate(values)})
    for number, value in enumerate(values):
        assert ids(state.find(THINGS, [Where("size", "==", value)])) == [f"{number}"]
    by_size = sorted(range(len(values)), key=values.__getitem__)
    assert ids(state.find(THINGS, [Where("size", "<", 0.0)], order_by="size")) == [
        f"{number}" for number in by_size if values[number] < 0
    ]


def test_a_list_to_find_may_be_long(state: State) -> None:
    put(state, THINGS, a=thing("x1999"), b=thing(None), c=thing("other"))
    wanted = [None, *(f"x{number}" for number in range(2_000))]
    assert ids(state.find(THINGS, [Where("kind", "in", wanted)])) == ["a", "b"]


def test_a_found_document_is_whole(state: State) -> None:
    put(state, THINGS, a=thing(more=[1, {"b": None}]))
    assert state.find(THINGS) == [Document("a", thing(more=[1, {"b": None}]))]


def test_conditions_hold_together(state: State) -> None:
    put(state, THINGS, a=thing("ball", 1), b=thing("ball", 2), c=thing("net", 2), d=thing("ball", 3))
    between = [Where("kind", "==", "ball"), Where("size", ">", 1), Where("size", "<", 3)]
    assert ids(state.find(THINGS, between)) == ["b"]


@pytest.mark.parametrize(
    ("where", "message"),
    [
        (Where("kin", "==", 1), "did you mean 'kind'"),
        (Where("kind", "<", None), "only text and numbers"),
        (Where("kind", ">=", True), "only text and numbers"),
        (Where("kind", "in", "ball"), "takes a list"),
        (Where("kind", "==", ["ball"]), "finite number"),
        (Where("kind", "==", float("nan")), "finite number"),
    ],
)
def test_a_condition_that_stores_read_differently_is_refused(state: State, where: Where, message: str) -> None:
    with pytest.raises(InputError, match=message):
        state.find(THINGS, [where])
    with pytest.raises(InputError, match=message):
        state.transact(lambda tx: tx.find(THINGS, [where]))


def test_order_and_limit_are_checked(state: State) -> None:
    with pytest.raises(InputError, match="no field 'colour'"):
        state.find(THINGS, order_by="colour")
    with pytest.raises(InputError, match="at least 1"):
        state.find(THINGS, limit=0)


def by_hand(
    bodies: dict[str, dict[str, Scalar]], where: Sequence[Where], order_by: str | None, descending: bool
) -> list[str]:
    kept = [key for key, body in bodies.items() if all(holds(condition, body) for condition in where)]
    return sorted(kept, key=lambda key: (place(bodies[key][order_by] if order_by else None), key), reverse=descending)


def holds(condition: Where, body: dict[str, Scalar]) -> bool:
    value: Any = body[condition.field]
    wanted: Any = condition.value
    if condition.op in COMPARE:
        return place(value)[0] == place(wanted)[0] and COMPARE[condition.op](value, wanted)
    return place(value) in [place(one) for one in (wanted if condition.op == "in" else [wanted])]


def place(value: Scalar) -> tuple[int, Any]:
    """The type and the value: values of two types are never equal, and None comes first."""
    match value:
        case None:
            return 0, 0
        case bool():
            return 1, value
        case str():
            return 3, value
        case number:
            return 2, number


def ids(found: Sequence[Document]) -> list[str]:
    return [document.key for document in found]


def clear(state: State, collection: Collection) -> None:
    def work(tx: Transaction) -> None:
        for document in tx.find(collection):
            tx.delete(collection, document.key)

    state.transact(work)
