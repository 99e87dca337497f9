"""Leases on every state store: one holder, tokens that only grow, the store's time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest

from propcast.backends.state import leases
from propcast.backends.state.leases import Fenced, Lease
from propcast.backends.state.port import Collection, State, Transaction
from propcast.core.clock import FixedClock
from propcast.core.errors import InputError
from tests.backends.samples import NOON

TTL = timedelta(seconds=60)
RESULTS = Collection("results")

acquire = partial(leases.acquire, ttl=TTL)


def taken(state: State, holder: str = "worker-1", resource: str = "shard/1") -> Lease:
    lease = acquire(state, resource, holder)
    assert lease is not None
    return lease


def write(lease: Lease, tx: Transaction) -> None:
    leases.require(tx, lease)
    tx.put(RESULTS, lease.resource, {"by": lease.holder, "token": lease.token})


def test_a_lease_says_who_holds_what_until_when(state: State) -> None:
    assert taken(state) == Lease("shard/1", "worker-1", 1, NOON + TTL)
    assert leases.newest_lease(state, "shard/1") == Lease("shard/1", "worker-1", 1, NOON + TTL)
    assert leases.newest_lease(state, "shard/2") is None


def test_nobody_takes_a_lease_that_is_held_not_even_its_holder(state: State) -> None:
    taken(state)
    assert acquire(state, "shard/1", "worker-2") is None
    assert acquire(state, "shard/1", "worker-1") is None
    assert taken(state, "worker-2", "shard/2").token == 1


@pytest.mark.parametrize("seconds", [60, 61, 1e6])
def test_a_lease_ends_with_its_time(state: State, clock: FixedClock, seconds: float) -> None:
    taken(state)
    clock.instant = NOON + timedelta(seconds=59.999999)
    assert acquire(state, "shard/1", "worker-2") is None
    clock.instant = NOON + timedelta(seconds=seconds)
    assert taken(state, "worker-2").token == 2


@pytest.mark.proves("L26")
def test_tokens_grow_after_release_and_after_expiry(state: State, clock: FixedClock) -> None:
    tokens = []
    for turn in range(6):
        lease = taken(state, f"worker-{turn % 2}")
        tokens.append(lease.token)
        if turn % 2:
            assert leases.release(state, lease)
        else:
            clock.instant += TTL
    assert tokens == [1, 2, 3, 4, 5, 6]


def test_renewing_gives_time_from_now_and_keeps_the_token(state: State, clock: FixedClock) -> None:
    lease = taken(state)
    clock.instant = NOON + timedelta(seconds=20)
    assert leases.renew(state, lease, TTL) == Lease("shard/1", "worker-1", 1, NOON + timedelta(seconds=80))
    clock.instant = NOON + timedelta(seconds=79)
    assert acquire(state, "shard/1", "worker-2") is None
    state.transact(partial(write, lease))


def expired(state: State, clock: FixedClock, lease: Lease) -> None:
    clock.instant += TTL


def released(state: State, clock: FixedClock, lease: Lease) -> None:
    leases.release(state, lease)


def taken_over(state: State, clock: FixedClock, lease: Lease) -> None:
    clock.instant += TTL
    taken(state, "worker-2")


def taken_over_under_the_same_name(state: State, clock: FixedClock, lease: Lease) -> None:
    clock.instant += TTL
    taken(state, lease.holder)


@pytest.mark.parametrize("lose", [expired, released, taken_over, taken_over_under_the_same_name])
@pytest.mark.proves("B4", "L26")
def test_a_holder_that_lost_its_lease_changes_nothing(
    state: State, clock: FixedClock, lose: Callable[[State, FixedClock, Lease], None]
) -> None:
    """Frozen past its time and thawed: it neither writes nor renews nor releases."""
    lease = taken(state)
    lose(state, clock, lease)
    before = leases.newest_lease(state, "shard/1")
    with pytest.raises(Fenced, match=r"'worker-1' lost 'shard/1' \(token 1\)"):
        state.transact(partial(write, lease))
    with pytest.raises(Fenced):
        leases.renew(state, lease, TTL)
    assert not leases.release(state, lease)
    assert state.find(RESULTS) == []
    assert leases.newest_lease(state, "shard/1") == before


def test_a_lease_of_another_store_is_refused(state: State) -> None:
    with pytest.raises(Fenced, match="does not know"):
        state.transact(partial(write, Lease("shard/1", "worker-1", 1, NOON + TTL)))


def test_a_released_lease_is_free_at_once(state: State) -> None:
    assert leases.release(state, taken(state))
    assert taken(state, "worker-2").token == 2


def test_a_lease_without_time_is_refused(state: State) -> None:
    with pytest.raises(InputError, match="never be held"):
        leases.acquire(state, "shard/1", "worker-1", timedelta(0))
    with pytest.raises(InputError, match="never be held"):
        leases.renew(state, taken(state), timedelta(seconds=-1))


def test_taking_a_lease_can_be_a_part_of_a_transaction(state: State) -> None:
    def start(tx: Transaction) -> None:
        lease = leases.take(tx, "shard/1", "worker-1", TTL)
        assert lease is not None
        tx.put(RESULTS, "shard/1", {"state": "leased", "token": lease.token})
        raise OSError("power cut")

    with pytest.raises(OSError, match="power cut"):
        state.transact(start)
    assert taken(state, "worker-2").token == 1


@pytest.mark.proves("B5")
def test_one_of_many_at_once_gets_the_lease(state: State) -> None:
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda n: acquire(state, "consolidation", f"instance-{n}"), range(50)))
    assert sum(lease is not None for lease in won) == 1


@pytest.mark.proves("B11")
def test_a_resource_may_be_called_anything(state: State) -> None:
    names = ["a/b", "a%2Fb", "Dončić-Šarić.Jr", "🏀", ".."]
    assert [taken(state, name, name).token for name in names] == [1] * len(names)


def test_who_ends_gives_up_everything_that_he_holds_and_nothing_of_others(state: State, clock: FixedClock) -> None:
    mine = [taken(state, resource=f"shard/{number}") for number in (1, 2)]
    taken(state, "worker-2", "shard/3")
    assert leases.release_all(state, "worker-1") == 2
    assert leases.release_all(state, "worker-1") == 0
    with pytest.raises(Fenced):
        leases.renew(state, mine[0], TTL)
    assert taken(state, "worker-2", "shard/1").token == 2
    assert acquire(state, "shard/3", "worker-1") is None
