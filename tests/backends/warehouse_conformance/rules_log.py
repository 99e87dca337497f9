"""The LOG rule: a history of states."""

from propcast.backends.warehouse.port import In, Warehouse
from tests.backends.samples import (
    QUOTES,
    SEASON_2025,
    STATES,
    at,
    counts,
    put,
    row,
    values,
)


def test_log_keeps_every_state_and_reads_the_latest(warehouse: Warehouse) -> None:
    put(warehouse, STATES, row("a", 1, hour=0), row("b", 1, hour=0))
    result = put(warehouse, STATES, row("a", 2, hour=1), row("b", 1, hour=1))
    assert counts(result) == (1, 1, 0, 0)
    assert values(warehouse, STATES) == {"a": 2, "b": 1}


def test_log_read_as_of_a_moment_sees_the_state_known_then(warehouse: Warehouse) -> None:
    put(warehouse, STATES, row("a", 1, hour=0))
    put(warehouse, STATES, row("a", 2, hour=2))
    known = [warehouse.read(STATES, as_of=at(h))["value"].to_list() for h in (-1, 0, 1, 2, 3)]
    assert known == [[], [1], [1], [2], [2]]


def test_log_state_that_arrives_late_finds_its_place(warehouse: Warehouse) -> None:
    put(warehouse, STATES, row("a", 1, hour=0))
    put(warehouse, STATES, row("a", 3, hour=4))
    assert put(warehouse, STATES, row("a", 2, hour=2)).written == 1
    assert put(warehouse, STATES, row("a", 1, hour=1)).written == 0
    assert [warehouse.read(STATES, as_of=at(h))["value"].item() for h in (1, 3, 5)] == [1, 2, 3]


def test_log_correction_at_the_same_instant_wins_by_arrival(warehouse: Warehouse) -> None:
    for value in (1, 2, 1, 3):
        assert put(warehouse, STATES, row("a", value, hour=0)).written == 1
    assert values(warehouse, STATES) == {"a": 3}
    assert warehouse.read(STATES, as_of=at(0))["value"].to_list() == [3]


def test_log_filter_on_content_never_shows_an_outdated_state(warehouse: Warehouse) -> None:
    put(warehouse, STATES, row("a", 1, hour=0, note="scheduled"))
    put(warehouse, STATES, row("a", 1, hour=1, note="final"))
    assert warehouse.count(STATES, [In("note", ("scheduled",))]) == 0
    assert warehouse.count(STATES, [In("note", ("final",)), *SEASON_2025]) == 1


def test_log_with_time_in_the_key_keeps_only_changes_of_a_batch(warehouse: Warehouse) -> None:
    states = [row("a", value, hour=h) for h, value in enumerate([1, 1, 2, 2, 1])]
    assert counts(put(warehouse, QUOTES, *reversed(states))) == (3, 2, 0, 0)
    assert counts(put(warehouse, QUOTES, *states)) == (0, 5, 0, 0)
    assert warehouse.read(QUOTES)["observed_at"].to_list() == [at(0), at(2), at(4)]


def test_log_with_time_in_the_key_continues_from_the_stored_state(warehouse: Warehouse) -> None:
    put(warehouse, QUOTES, row("a", 1, hour=0))
    assert counts(put(warehouse, QUOTES, row("a", 1, hour=1), row("a", 2, hour=2), row("b", 1, hour=2))) == (2, 1, 0, 0)


def test_log_never_restates_a_stored_instant(warehouse: Warehouse) -> None:
    put(warehouse, QUOTES, row("a", 1, hour=0))
    assert counts(put(warehouse, QUOTES, row("a", 2, hour=0))) == (0, 1, 0, 0)
    assert values(warehouse, QUOTES) == {"a": 1}


def test_log_rows_of_unknown_time_are_kept_beside_timed_ones(warehouse: Warehouse) -> None:
    untimed, timed = row("a", 1, hour=None), row("a", 1, hour=0)
    assert counts(put(warehouse, QUOTES, untimed, timed)) == (2, 0, 0, 0)
    assert counts(put(warehouse, QUOTES, untimed, timed)) == (0, 2, 0, 0)
    assert counts(put(warehouse, QUOTES, row("a", 2, hour=None))) == (0, 1, 0, 0)
    assert warehouse.read(QUOTES).select("observed_at", "value").rows() == [(None, 1), (at(0), 1)]


def test_rows_of_unknown_time_are_not_known_as_of_any_moment(warehouse: Warehouse) -> None:
    put(warehouse, QUOTES, row("a", 1, hour=None), row("b", 1, hour=0))
    assert warehouse.read(QUOTES, as_of=at(100))["thing"].to_list() == ["b"]
