"""Keys and scalars as Firestore keeps them: in the order of the port, and within Firestore's limits."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from propcast.backends.state.firestore.names import id_of, key_of
from propcast.backends.state.firestore.values import LONGEST, bounds, encoded, is_cut
from propcast.backends.state.port import Scalar

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
KEYS = TEXTS.filter(bool)
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
SCALARS: st.SearchStrategy[Scalar] = st.none() | st.booleans() | NUMBERS | TEXTS
NEAR_2_53 = st.integers(2**53 - 3, 2**53 + 3) | st.integers(2**63 - 3, 2**63 - 1)


@given(KEYS, KEYS)
@example("a/b", "a.b")
@example("/", "0")
@example("\x01", "\x02")
def test_ids_sort_as_keys_do_in_bytes_and_give_them_back(one: str, other: str) -> None:
    assert (id_of(one).encode() < id_of(other).encode()) == (one < other)
    assert key_of(id_of(one)) == one


@given(KEYS)
@example(".")
@example("..")
@example("__name__")
@example("/" * 1000)
def test_an_id_is_one_that_firestore_takes(key: str) -> None:
    made = id_of(key)
    assert "/" not in made
    assert made not in (".", "..")
    assert not re.fullmatch("__.*__", made, re.DOTALL)
    assert len(made.encode()) == len(key.encode()) + 1


@given(NUMBERS | NEAR_2_53, NUMBERS | NEAR_2_53)
@example(2**53 + 1, float(2**53))
@example(2**63 - 1, float(2**63))
@example(-0.0, 0)
@example(5e-324, 0.0)
def test_numbers_sort_by_their_exact_value(one: float, other: float) -> None:
    assert (encoded(one) < encoded(other)) == (one < other)
    assert (encoded(one) == encoded(other)) == (one == other)


@given(TEXTS, TEXTS)
@example("￿", "🏀")
def test_texts_sort_by_code_point(one: str, other: str) -> None:
    assert (encoded(one) < encoded(other)) == (one < other)


@given(SCALARS, SCALARS)
@example(True, 1)
@example(False, None)
def test_types_stay_apart_and_inside_their_bounds(one: Scalar, other: Scalar) -> None:
    least, less_than = bounds(one)
    assert least <= encoded(one) < less_than
    ranks = [kind(one), kind(other)]
    if ranks[0] != ranks[1]:
        assert (encoded(one) < encoded(other)) == (ranks[0] < ranks[1])
        assert not least <= encoded(other) < less_than


def test_a_long_text_is_cut_to_what_an_index_holds_and_says_so() -> None:
    long = "é" * LONGEST
    assert len(encoded(long)) <= 1_500
    assert is_cut(long)
    assert not is_cut("é" * (LONGEST // 2 - 1))


def kind(value: Scalar) -> int:
    match value:
        case None:
            return 0
        case bool():
            return 1
        case str():
            return 3
        case _:
            return 2
