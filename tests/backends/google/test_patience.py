"""A budget ends, whatever the service does, and its pauses grow."""

import pytest

from propcast.backends.google.patience import Patience, again
from propcast.core.errors import StoreRefused, StoreUnavailable


class Time:
    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


def patience(time: Time, budget_s: float = 10.0) -> Patience:
    return Patience(budget_s, 1.0, 0.1, 2.0, time.sleep, lambda: time.now)


def test_what_is_unavailable_for_ever_is_given_up_within_the_budget() -> None:
    time, calls = Time(), 0

    def call() -> None:
        nonlocal calls
        calls += 1
        raise ConnectionResetError("gone")

    with pytest.raises(StoreUnavailable, match="counting: ConnectionResetError"):
        again("counting", call, patience(time).begin())
    assert 7 < time.now < 10
    assert calls == len(time.pauses) + 1
    assert all(0.05 <= pause <= 2.0 for pause in time.pauses)
    assert time.pauses[-1] > time.pauses[0]


def test_what_passes_is_not_seen_and_what_is_refused_is_not_asked_again() -> None:
    time = Time()
    answers = iter([ConnectionResetError(), ConnectionResetError(), "done"])

    def call() -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return str(answer)

    assert again("counting", call, patience(time).begin()) == "done"

    def refused() -> None:
        time.now += 1
        raise StoreRefused("never")

    before = time.now
    with pytest.raises(StoreRefused):
        again("counting", refused, patience(time).begin())
    assert time.now == before + 1
