"""One document: what is written is read back, under any key."""

import math

import pytest

from propcast.backends.state.port import Body, Collection, JsonValue, State
from propcast.core.errors import InputError, StoreConflict
from tests.backends.state_conformance.samples import DIARY, NAMES, PLAIN, THINGS, keys, put, thing


def test_a_document_that_was_never_written_is_none(state: State) -> None:
    assert state.get(THINGS, "a") is None
    assert state.find(THINGS) == []


VALUES: list[JsonValue] = [None, True, 0, -1, 2**53, 0.1, 1e-300, "", "é🏀\n\"'\\", [], [1, [2]], {"a": {"": 1}}]


@pytest.mark.parametrize("value", VALUES)
def test_a_body_is_read_as_it_was_written(state: State, value: JsonValue) -> None:
    state.transact(lambda tx: tx.insert(PLAIN, "a", {"value": value, "": value}))
    assert state.get(PLAIN, "a") == {"value": value, "": value}
    assert state.transact(lambda tx: tx.get(PLAIN, "a")) == {"value": value, "": value}


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name[:12].encode("ascii", "backslashreplace").decode())
@pytest.mark.proves("B11")
def test_a_key_may_be_any_text(state: State, name: str) -> None:
    state.transact(lambda tx: tx.insert(THINGS, name, thing(kind=name)))
    assert state.get(THINGS, name) == thing(kind=name)
    assert keys(state, THINGS) == [name]
    with pytest.raises(StoreConflict):
        state.transact(lambda tx: tx.insert(THINGS, name, thing()))
    state.transact(lambda tx: tx.delete(THINGS, name))
    assert state.get(THINGS, name) is None


@pytest.mark.proves("B11")
def test_keys_that_look_alike_stay_apart(state: State) -> None:
    put(state, THINGS, **{name: thing(kind=name) for name in NAMES})
    assert keys(state, THINGS) == sorted(NAMES)
    assert all(state.get(THINGS, name) == thing(kind=name) for name in NAMES)


@pytest.mark.parametrize("key", ["", "a\0b", "\ud800", "é" * 501])
def test_a_key_that_some_store_cannot_hold_is_refused(state: State, key: str) -> None:
    with pytest.raises(InputError):
        state.get(THINGS, key)
    with pytest.raises(InputError):
        state.transact(lambda tx: tx.delete(THINGS, key))
    with pytest.raises(InputError):
        state.transact(lambda tx: tx.put(THINGS, key, thing()))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"kind": "ball"}, "no 'size'"),
        (thing(size=math.nan), "finite number"),
        (thing(more=math.inf), "not JSON"),
        (thing(more={1, 2}), "not JSON"),
        (thing(kind=["list"]), "finite number, a boolean or None"),  # type: ignore[arg-type]
        (thing(size=2**63), "finite number"),
        (thing(kind="a\0b"), "without NUL"),
        (thing(kind="\ud800"), "surrogate"),
        (thing(more="\ud800"), "surrogate"),
        (thing(more="x" * 900_000), "object store"),
    ],
)
def test_a_body_that_some_store_cannot_hold_is_refused(state: State, body: Body, message: str) -> None:
    with pytest.raises(InputError, match=message):
        state.transact(lambda tx: tx.insert(THINGS, "a", body))
    with pytest.raises(InputError, match=message):
        state.transact(lambda tx: tx.put(THINGS, "a", body))
    assert state.find(THINGS) == []


def test_a_body_of_the_largest_size_is_kept(state: State) -> None:
    body = thing(more="x" * 890_000)
    put(state, THINGS, a=body)
    assert state.get(THINGS, "a") == body


def test_what_was_read_belongs_to_the_reader(state: State) -> None:
    put(state, THINGS, a=thing(tags=["x"]))
    read = state.get(THINGS, "a")
    assert read is not None
    read["kind"] = "changed"
    assert state.get(THINGS, "a") == thing(tags=["x"])


def test_a_collection_is_known_by_its_name(state: State) -> None:
    put(state, THINGS, a=thing())
    assert state.get(Collection("things"), "a") == thing()
    assert state.get(Collection("other", THINGS.fields), "a") is None


def test_a_field_declared_later_finds_earlier_documents(state: State) -> None:
    put(state, PLAIN, a={"shade": "red"}, b={"shade": "blue"})
    from_now_on = Collection("plain", ("shade",))
    assert [d.key for d in state.find(from_now_on, order_by="shade")] == ["b", "a"]
    put(state, from_now_on, c={"shade": "green"})
    assert [d.key for d in state.find(from_now_on, order_by="shade")] == ["b", "c", "a"]


@pytest.mark.parametrize("name", ["", "Runs", "1a", "a-b", 'a"b', "a" * 64])
def test_a_name_that_some_store_cannot_hold_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="names no collection"):
        Collection(name)
    with pytest.raises(InputError, match="names no collection"):
        Collection("things", (name,))


def test_an_append_only_collection_grows_and_never_changes(state: State) -> None:
    state.transact(lambda tx: tx.insert(DIARY, "monday", {"text": "won"}))
    with pytest.raises(InputError, match="append-only"):
        state.transact(lambda tx: tx.put(DIARY, "monday", {"text": "lost"}))
    with pytest.raises(InputError, match="append-only"):
        state.transact(lambda tx: tx.delete(DIARY, "monday"))
    assert state.get(DIARY, "monday") == {"text": "won"}
