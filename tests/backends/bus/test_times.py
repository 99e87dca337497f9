"""One divisor makes the whole protocol faster."""

from dataclasses import asdict

from propcast.backends.bus.port import Subscription
from propcast.backends.bus.times import BusTimes


def test_scaling_divides_every_protocol_time_and_leaves_the_poll() -> None:
    plain, fast = asdict(BusTimes()), asdict(BusTimes().scaled(50))
    assert fast.pop("poll_s") == plain.pop("poll_s")
    assert fast == {name: value / 50 for name, value in plain.items()}


def test_a_claim_outlives_the_renewals_it_needs_and_a_stop() -> None:
    times = BusTimes()
    assert times.stop_s < times.claim_s
    assert times.token_reuse_s < times.token_s - times.skew_s


def test_a_subscription_scales_its_times_and_nothing_else() -> None:
    plain = Subscription("s", "t", "http://s", "http://s", filter={"a": "b"}, max_deliveries=3)
    fast = plain.scaled(50)
    assert (fast.ack_deadline_s, fast.min_backoff_s, fast.max_backoff_s) == (6.0, 0.2, 12.0)
    assert (fast.max_deliveries, fast.filter, fast.concurrency) == (3, {"a": "b"}, plain.concurrency)
