"""Content hashes: the same on every machine, blind to order, sharp about content."""

from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from propcast.tables.content import frame_hash, ids, row_hashes

FRAME = pl.DataFrame(
    {
        "text": ["points", None, ""],
        "n": [1, None, 0],
        "x": [0.5, None, 0.0],
        "ok": [True, None, False],
        "day": [date(2025, 10, 24), None, date(1970, 1, 1)],
        "at": [datetime(2025, 10, 24, 12, tzinfo=UTC), None, datetime(1970, 1, 1, tzinfo=UTC)],
        "tags": [["a", "b"], None, []],
    },
    schema_overrides={"tags": pl.List(pl.String())},
)
rows = st.lists(
    st.tuples(
        st.one_of(st.none(), st.text(max_size=3)),
        st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)),
        st.one_of(st.none(), st.floats(allow_nan=False)),
        st.one_of(st.none(), st.lists(st.sampled_from(["", "a", "b"]), max_size=3)),
    ),
    max_size=8,
)


def framed(content: list[tuple[object, ...]]) -> pl.DataFrame:
    schema = {"text": pl.String(), "n": pl.Int64(), "x": pl.Float64(), "tags": pl.List(pl.String())}
    return pl.DataFrame(content, schema=schema, orient="row")


def hashes(frame: pl.DataFrame, *columns: str) -> list[int]:
    return row_hashes(frame, columns or frame.columns).to_list()


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("text", [6185652008168415331, 5708284966658728760, 6594050047326368163]),
        ("n", [-1612297016619662647, 5708284966658728760, 7960286522194355700]),
        ("x", [279880592916792882, 5708284966658728760, 7960286522194355700]),
        ("ok", [-1612297016619662647, 5708284966658728760, 7960286522194355700]),
        ("day", [-7893701761937535518, 5708284966658728760, 7960286522194355700]),
        ("at", [-2704362134654731558, 5708284966658728760, 7960286522194355700]),
        ("tags", [5141957980645546250, 5708284966658728760, 614787747588637408]),
    ],
)
def test_golden_values_hold_on_every_machine(column: str, expected: list[int]) -> None:
    """A change here invalidates every stored hash: all tables would be written again."""
    assert hashes(FRAME, column) == expected


def test_golden_hash_of_a_frame() -> None:
    assert frame_hash(FRAME, ["text", "n", "x", "ok", "day", "at"]) == "866b3bdb19fa7343276eeee7"
    assert ids(FRAME, ["text", "n"]).to_list() == ["1cb1caf25853899c", "5499af24d6b21eaa", "4f3c865b7e302c65"]
    assert frame_hash(FRAME.clear(), FRAME.columns) == "e3b0c44298fc1c149afbf4c8"


@settings(deadline=None)
@given(content=rows, data=st.data())
def test_a_row_hashes_alike_wherever_it_stands(content: list[tuple[object, ...]], data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(content))))
    frame, shuffled = framed(content), framed([content[i] for i in order])
    assert hashes(shuffled) == [hashes(frame)[i] for i in order]
    assert frame_hash(shuffled, frame.columns) == frame_hash(frame, frame.columns)


@settings(deadline=None)
@given(content=rows)
def test_rows_hash_alike_exactly_when_they_are_equal(content: list[tuple[object, ...]]) -> None:
    distinct = {(*plain, repr(tags)) for *plain, tags in content}
    assert len(set(hashes(framed(content)))) == len(distinct)


@settings(deadline=None)
@given(content=rows)
def test_repeating_a_row_changes_the_hash_of_the_frame(content: list[tuple[object, ...]]) -> None:
    frame = framed(content)
    repeated = pl.concat([frame, frame.head(1)])
    assert (frame_hash(repeated, frame.columns) == frame_hash(frame, frame.columns)) == frame.is_empty()


@pytest.mark.proves("L40")
@pytest.mark.parametrize(
    "values",
    [
        pl.Series([None, 0, 1], dtype=pl.Int64()),
        pl.Series([None, 0.0, 1.0], dtype=pl.Float64()),
        pl.Series([None, False, True], dtype=pl.Boolean()),
        pl.Series([None, "", "0", "null", "None"], dtype=pl.String()),
        pl.Series([None, [], [""], [None], ["", ""], ["a", "b"], ["ab"], ["a", None]], dtype=pl.List(pl.String())),
    ],
    ids=["int", "float", "bool", "text", "list"],
)
def test_null_zero_and_empty_are_three_things(values: pl.Series) -> None:
    assert len(set(hashes(values.to_frame("v")))) == len(values)


def test_negative_zero_is_zero() -> None:
    minus, plus = hashes(pl.DataFrame({"x": [-0.0, 0.0]}))
    assert minus == plus


def test_a_value_in_another_column_is_another_row() -> None:
    left, right = hashes(pl.DataFrame({"a": [1, None], "b": [None, 1]}))
    assert left != right


def test_the_order_of_columns_is_the_order_given_not_the_frames() -> None:
    frame = pl.DataFrame({"a": [1], "b": [2]})
    assert hashes(frame, "a", "b") == hashes(frame.select("b", "a"), "a", "b")
    assert hashes(frame, "a", "b") != hashes(frame, "b", "a")


def test_columns_that_are_not_named_do_not_count() -> None:
    assert hashes(FRAME, "text") == hashes(FRAME.with_columns(n=9), "text")


def test_ids_are_sixteen_hexadecimal_digits() -> None:
    assert all(len(i) == 16 and int(i, 16) >= 0 for i in ids(FRAME, FRAME.columns))
