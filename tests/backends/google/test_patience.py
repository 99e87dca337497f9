"""A budget ends, whatever the service does, and its pauses grow."""

import random

import pytest

from propcast.backends.google.patience import Patience
from propcast.core.errors import StoreConflict, StoreRefused, StoreUnavailable


class Time:
    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


def patience(time: Time, budget_s: float = 10.0) -> Patience:
    return Patience(budget_s, 1.0, 0.1, 2.0, random.Random(1), time.sleep, lambda: time.now)  # noqa: S311


def test_what_is_unavailable_for_ever_is_given_up_within_the_budget() -> None:
    time, calls = Time(), 0

    def call(_: float) -> None:
        nonlocal calls
        calls += 1
        raise ConnectionResetError("gone")

    with pytest.raises(StoreUnavailable, match="counting: ConnectionResetError"):
        patience(time).again("counting", call)
    assert 5 < time.now < 10
    assert calls == len(time.pauses) + 1
    bounds = [min(0.1 * 2**tries, 2.0) for tries in range(len(time.pauses))]
    assert all(pause <= bound for pause, bound in zip(time.pauses, bounds, strict=True))


def test_what_passes_is_not_seen_and_what_is_refused_is_not_asked_again() -> None:
    time = Time()
    answers = iter([ConnectionResetError(), ConnectionResetError(), "done"])

    def call(_: float) -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return str(answer)

    assert patience(time).again("counting", call) == "done"

    def refused(_: float) -> None:
        time.now += 1
        raise StoreRefused("never")

    before = time.now
    with pytest.raises(StoreRefused):
        patience(time).again("counting", refused)
    assert time.now == before + 1


def test_a_call_is_told_how_long_it_may_take_and_its_budget_ends_with_it() -> None:
    time, limits = Time(), list[float]()

    def call(limit_s: float) -> None:
        limits.append(limit_s)
        time.now += limit_s
        raise TimeoutError

    with pytest.raises(StoreUnavailable, match=r"tried \d+ times in 3 s"):
        patience(time, 3.0).again("counting", call)
    assert max(limits) == 1.0
    assert time.now <= 3.0 + 1.0


def test_another_kind_of_failure_may_count_as_one_for_now() -> None:
    time = Time()
    answers = iter([StoreConflict("first"), "done"])

    def call(_: float) -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return str(answer)

    assert patience(time).again("counting", call, also=(StoreConflict,)) == "done"
