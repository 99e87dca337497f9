"""Rates are per person and per client address, shared between instances, and not moved by what a client claims."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from propcast.core.clock import FixedClock
from propcast.service.auth.addresses import Proxies
from propcast.service.auth.guard import Guard
from propcast.service.auth.rates import Limiter, Rate, StoredCounters
from propcast.service.auth.store import MemoryStore
from tests.service.client import served
from tests.service.toys import NOW, Toy, api_key, push_token, toy_app

FEW = Rate("few", requests=10, seconds=60, block=4)


def passed(limiters: list[Limiter], times: int, rate: Rate = FEW) -> int:
    return sum(limiters[n % len(limiters)].wait_s(rate, "ada") == 0 for n in range(times))


@given(st.integers(1, 5), st.integers(1, 30), st.integers(1, 12))
def test_all_instances_together_let_the_rate_pass_and_no_more(instances: int, requests: int, block: int) -> None:
    store, rate = StoredCounters(MemoryStore()), Rate("r", requests, 60, block)
    limiters = [Limiter(store, FixedClock(NOW)) for _ in range(instances)]
    let_in = passed(limiters, 3 * instances * (requests + block), rate)
    assert let_in <= requests
    assert instances > 1 or let_in == requests


def test_a_new_window_begins_anew_and_says_when() -> None:
    clock = FixedClock(NOW)
    limiter = Limiter(StoredCounters(MemoryStore()), clock)
    assert passed([limiter], 20) == FEW.requests
    assert limiter.wait_s(FEW, "ada") == 50  # 14:05:10 to 14:06:00
    assert limiter.wait_s(FEW, "bob") == 0
    clock.instant += timedelta(seconds=50)
    assert passed([limiter], 20) == FEW.requests


def test_a_subject_in_its_rate_costs_one_write_per_block() -> None:
    class Counted(MemoryStore):
        writes = 0

        def put(self, *told: object) -> None:
            self.writes += 1
            super().put(*told)  # type: ignore[arg-type]

    store = Counted()
    limiter = Limiter(StoredCounters(store), FixedClock(NOW))
    assert passed([limiter], 1_000) == FEW.requests
    assert store.writes == 3


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("198.51.100.7", "", "198.51.100.7"),
        ("198.51.100.7", "10.0.0.1", "198.51.100.7"),  # not a proxy: its word means nothing
        ("10.0.0.1", "203.0.113.5", "203.0.113.5"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.5", "203.0.113.5"),  # what the client claimed comes first
        ("10.0.0.1", "1.1.1.1, 203.0.113.5, 10.0.0.2", "203.0.113.5"),
        ("10.0.0.1", "10.0.0.9", "10.0.0.9"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.5, nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("", "203.0.113.5", "unknown"),
        ("::1", "2001:db8::5", "::1"),
    ],
)
def test_the_address_is_what_known_proxies_vouch_for(peer: str, forwarded: str, client: str) -> None:
    proxies = Proxies.named(["10.0.0.0/8"])
    assert proxies.client(peer, Headers({"x-forwarded-for": forwarded})) == client


@pytest.mark.proves("S6")
def test_forged_forwarding_headers_do_not_move_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("propcast.service.auth.guard.ADDRESS", FEW)
    names = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "True-Client-IP", "CF-Connecting-IP", "X-Client-IP")
    with served(toy_app()) as client:
        codes = [client.get("/open", headers=dict.fromkeys(names, f"198.51.100.{n}")).status_code for n in range(20)]
    assert codes.count(200) == FEW.requests
    assert codes[FEW.requests :] == [429] * (20 - FEW.requests)


def test_a_limited_caller_is_told_when_to_come_back_and_probes_and_pushes_are_never_limited(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("propcast.service.auth.guard.ADDRESS", FEW)
    with served(toy_app()) as client:
        answers = [client.get("/read") for _ in range(20)]
        assert answers[-1].status_code == 429
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
        for path in ("/health", "/ready"):
            assert {client.get(path).status_code for _ in range(20)} == {200}
        assert {client.post("/push", headers=push_token()).status_code for _ in range(20)} == {200}


def test_forged_tokens_count_against_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("propcast.service.auth.guard.ADDRESS", FEW)
    with served(toy_app()) as client:
        codes = [client.post("/push", headers={"Authorization": "Bearer x"}).status_code for _ in range(20)]
    assert codes[-1] == 429


def test_a_person_is_limited_wherever_the_requests_come_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("propcast.service.auth.guard.PERSON", FEW)
    toy = Toy()
    headers = api_key(toy)
    app = toy_app(toy)
    with served(app) as client:
        assert [client.get("/read", headers=headers).status_code for _ in range(20)].count(200) == FEW.requests


def test_without_a_limiter_nothing_is_counted() -> None:
    Guard().admit_address("203.0.113.5")
