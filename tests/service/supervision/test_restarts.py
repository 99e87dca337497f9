"""Pauses between restarts grow, and end with the budget."""

import random

from hypothesis import given
from hypothesis import strategies as st

from propcast.service.supervision.restarts import Restarts
from propcast.service.supervision.times import Times

TIMES = Times(first_restart_s=1.0, longest_restart_s=8.0, calm_s=30.0, crashes=5, within_s=100.0)


def restarts(seed: int = 1) -> Restarts:
    return Restarts(TIMES, random.Random(seed))  # noqa: S311 - spreads restarts


def test_the_pause_doubles_with_each_crash_in_a_row_to_the_longest() -> None:
    found = restarts()
    pauses = [found.pause_s(at, 0.0) for at in range(5)]
    for pause, bound in zip(pauses, (1, 2, 4, 8, 8), strict=True):
        assert pause is not None
        assert bound / 2 <= pause <= bound


def test_a_process_that_ran_for_long_starts_with_the_first_pause() -> None:
    found = restarts()
    for at in range(4):
        found.pause_s(at, 0.0)
    pause = found.pause_s(60.0, ran_s=TIMES.calm_s)
    assert pause is not None
    assert pause <= TIMES.first_restart_s


def test_a_crash_beyond_the_budget_is_the_last() -> None:
    found = restarts()
    assert None not in [found.pause_s(at, 0.0) for at in range(TIMES.crashes)]
    assert found.pause_s(TIMES.crashes, 0.0) is None


def test_crashes_of_long_ago_do_not_count() -> None:
    found = restarts()
    for at in range(TIMES.crashes):
        found.pause_s(at, 0.0)
    assert found.pause_s(TIMES.within_s + 0.5, 0.0) is not None


def test_processes_that_fell_together_do_not_come_back_together() -> None:
    assert len({restarts(seed).pause_s(0.0, 0.0) for seed in range(20)}) == 20


@given(st.lists(st.floats(0.01, 500.0), max_size=60), st.integers(0, 99))
def test_no_window_has_more_restarts_than_the_budget(gaps: list[float], seed: int) -> None:
    found, at, restarted = restarts(seed), 0.0, list[float]()
    for gap in gaps:
        at += gap
        if found.pause_s(at, gap) is None:
            break
        restarted.append(at)
    for last in restarted:
        assert sum(last - TIMES.within_s < each <= last for each in restarted) <= TIMES.crashes


def test_scaling_shortens_pauses_and_nothing_that_a_machine_needs() -> None:
    scaled = TIMES.scaled(50)
    assert (scaled.first_restart_s, scaled.longest_restart_s) == (0.02, 0.16)
    assert (scaled.startup_s, scaled.grace_s, scaled.probe_s) == (TIMES.startup_s, TIMES.grace_s, TIMES.probe_s)
