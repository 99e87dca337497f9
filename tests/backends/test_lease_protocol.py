"""Leases under every order of events: clocks that jump, holders that freeze, names that repeat."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from propcast.backends.state import leases
from propcast.backends.state.leases import Fenced, Lease
from propcast.backends.state.port import Collection, State, Transaction
from propcast.core.clock import FixedClock
from tests.backends.samples import NOON
from tests.backends.state_sites import StateSite

RESULTS = Collection("results")
RESOURCES = st.sampled_from(["shard/1", "shard/2"])
HOLDERS = st.sampled_from(["worker-1", "worker-2"])
SECONDS = st.integers(1, 90).map(lambda s: timedelta(seconds=s))


class LeaseMachine(RuleBasedStateMachine):
    """Any number of holders that may be frozen at any point: old leases are used again at any later time."""

    site: StateSite
    given: Bundle[Lease] = Bundle("given")

    @initialize()
    def open(self) -> None:
        self.clock = FixedClock(NOON)
        self.state: State = self.site.open(self.clock)
        self.all: list[Lease] = []
        self.released: set[tuple[str, int]] = set()
        # A store per example would cost more than the steps; resources of earlier examples only have higher tokens.
        self.run = self.state.transact(lambda tx: tx.order())

    @rule(target=given, resource=RESOURCES, holder=HOLDERS, ttl=SECONDS)
    def acquire(self, resource: str, holder: str, ttl: timedelta) -> Any:
        resource = f"{self.run}/{resource}"
        passing = self.passing(resource)
        lease = leases.acquire(self.state, resource, holder, ttl)
        assert (lease is None) == bool(passing)
        if lease is None:
            return multiple()
        assert lease.token > max([old.token for old in self.all if old.resource == resource], default=0)
        self.all.append(lease)
        return lease

    @rule(target=given, lease=given, ttl=SECONDS)
    def renew(self, lease: Lease, ttl: timedelta) -> Any:
        passes = lease.token in self.passing(lease.resource)
        try:
            renewed = leases.renew(self.state, lease, ttl)
        except Fenced:
            assert not passes
            return multiple()
        assert passes
        assert (renewed.token, renewed.expires_at) == (lease.token, self.clock.instant + ttl)
        return renewed

    @rule(lease=given)
    def release(self, lease: Lease) -> None:
        passes = lease.token in self.passing(lease.resource)
        assert leases.release(self.state, lease) == passes
        assert lease.token not in self.passing(lease.resource)
        if passes:
            self.released.add((lease.resource, lease.token))

    @rule(lease=given)
    def write(self, lease: Lease) -> None:
        """A guarded write never follows one under a higher token."""
        before = self.state.get(RESULTS, lease.resource) or {"token": 0}

        def work(tx: Transaction) -> None:
            leases.require(tx, lease)
            tx.put(RESULTS, lease.resource, {"token": lease.token})

        try:
            self.state.transact(work)
        except Fenced:
            assert self.state.get(RESULTS, lease.resource) in (before, None)
        else:
            assert lease.token >= int(str(before["token"]))

    @rule(seconds=st.integers(1, 100))
    def wait(self, seconds: int) -> None:
        self.clock.instant += timedelta(seconds=seconds)

    @rule(seconds=st.integers(1, 10))
    def step_back(self, seconds: int) -> None:
        """Even the store's clock may be corrected: fences hold by token, not by time."""
        self.clock.instant -= timedelta(seconds=seconds)

    @invariant()
    def one_holder_at_most(self) -> None:
        for resource in {lease.resource for lease in getattr(self, "all", [])}:
            passing = self.passing(resource)
            assert len(passing) <= 1
            assert not any((resource, token) in self.released for token in passing)

    def passing(self, resource: str) -> set[int]:
        """The tokens, of all ever given, that would be allowed to write now."""
        return {lease.token for lease in self.all if lease.resource == resource and self.holds(lease)}

    def holds(self, lease: Lease) -> bool:
        try:
            self.state.transact(lambda tx: leases.require(tx, lease))
        except Fenced:
            return False
        return True


@pytest.mark.proves("B4", "L26")
def test_two_holders_never_both_pass_and_tokens_only_grow(state_site: StateSite) -> None:
    machine = type("Machine", (LeaseMachine,), {"site": state_site})
    run_state_machine_as_test(machine, settings=settings(max_examples=60, stateful_step_count=30, deadline=None))
