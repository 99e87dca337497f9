import pytest

from propcast.backends.state.leases import Fenced, LeaseLost
from propcast.service.telemetry.fencing import Fences
from propcast.service.telemetry.metrics import Metrics


@pytest.mark.parametrize(
    ("error", "counted"),
    [(LeaseLost("late"), "lease_lost_total"), (Fenced("older"), "fenced_writes_total"), (ValueError("else"), "")],
)
def test_each_kind_of_lost_lease_has_its_own_counter(error: Exception, counted: str) -> None:
    metrics = Metrics()
    Fences("toy", metrics).see(error)
    told = [line for line in metrics.text().decode().splitlines() if line.endswith(" 1.0")]
    assert told == ([f'propcast_{counted}{{service="toy"}} 1.0'] if counted else [])
