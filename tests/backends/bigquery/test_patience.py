"""What may pass is tried again within a budget; what will not pass is raised at once."""

from collections.abc import Callable

import pytest
from google.api_core import exceptions as api

from propcast.backends.warehouse.bigquery.patience import Patience
from propcast.core.errors import StoreConflict, StoreRefused, StoreUnavailable


class Hours:
    """A clock that sleeping moves."""

    def __init__(self) -> None:
        self.now, self.waits = 0.0, 0

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.waits += 1


def failing(times: int, error: Exception) -> Callable[[float], float]:
    left = [error] * times

    def call(left_s: float) -> float:
        if left:
            raise left.pop()
        return left_s

    return call


@pytest.fixture
def hours() -> Hours:
    return Hours()


@pytest.fixture
def patience(hours: Hours) -> Patience:
    return Patience(budget_s=60.0, monotonic=lambda: hours.now, sleep=hours.sleep)


def test_transient_errors_are_waited_for_and_the_call_knows_what_is_left(patience: Patience, hours: Hours) -> None:
    left = patience.insist("reading", failing(3, api.ServiceUnavailable("x")))  # type: ignore[no-untyped-call]
    assert hours.waits == 3
    assert left == pytest.approx(60.0 - hours.now)


def test_the_budget_ends_it(patience: Patience, hours: Hours) -> None:
    with pytest.raises(StoreUnavailable):
        patience.insist("reading", failing(10_000, api.TooManyRequests("x")))  # type: ignore[no-untyped-call]
    assert hours.now < 60.0


REFUSED = api.Forbidden("x")  # type: ignore[no-untyped-call]
LOST = api.Conflict("x")  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(("error", "kind"), [(REFUSED, StoreRefused), (LOST, StoreConflict)], ids=["403", "409"])
def test_permanent_errors_are_raised_at_once(
    patience: Patience, hours: Hours, error: Exception, kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        patience.insist("reading", failing(1, error))
    assert hours.waits == 0
