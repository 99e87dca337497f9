"""The outbox under every order of events: crashes, refusals, frozen dispatchers, scheduled messages."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from propcast.backends.state.dispatcher import RESOURCE, Dispatcher, Pace
from propcast.backends.state.leases import newest_lease
from propcast.backends.state.outbox import OUTBOX, Outgoing, enqueue
from propcast.backends.state.port import Body, State, Transaction
from propcast.core.clock import FixedClock
from tests.backends.samples import NOON
from tests.backends.state_sites import StateSite

PACE = Pace(lease_ttl=timedelta(seconds=5), page=3)
TOPICS = st.sampled_from(["prediction-request", "slate-published"])
KEYS = st.sampled_from(["batch-1", "batch-2"])
FATES = st.sampled_from(["refused", "dies after", "frozen before", "frozen after", "dies before", "taken"])


class Death(BaseException):
    """What SIGKILL looks like from inside: nothing of the dispatcher runs any more."""


class Rollback(Exception):
    """A transaction that ends badly."""


class FatefulBus:
    """Each publication meets the next fate in the list; afterwards all are taken."""

    def __init__(self, machine: "OutboxMachine", fates: list[str]) -> None:
        self.machine = machine
        self.fates = fates

    def publish(self, topic: str, messages: Sequence[tuple[Body, Mapping[str, str]]]) -> list[str]:
        fate = self.fates.pop(0) if self.fates else "taken"
        if fate == "refused":
            raise ConnectionError
        if fate == "dies before":
            raise Death
        if fate == "frozen before":
            self.machine.meanwhile()
        self.machine.arrived += [(str(body["name"]), self.machine.clock.instant) for body, _ in messages]
        if fate == "dies after":
            raise Death
        if fate == "frozen after":
            self.machine.meanwhile()
        return [f"m{number}" for number in range(len(messages))]


class OutboxMachine(RuleBasedStateMachine):
    """Transactions that commit or not, and dispatchers that meet any fate."""

    site: StateSite

    @initialize()
    def open(self) -> None:
        self.clock = FixedClock(NOON)
        self.state: State = self.site.open(self.clock)
        # The examples share a store: a lease that the last one left behind has to end.
        newest = newest_lease(self.state, RESOURCE)
        self.clock.instant = NOON if newest is None else max(NOON, newest.expires_at)
        self.arrived: list[tuple[str, datetime]] = []
        self.owed: dict[str, list[str]] = {"batch-1": [], "batch-2": []}
        self.scheduled: dict[str, datetime] = {}
        self.count = 0

    @rule(topics=st.lists(TOPICS, min_size=2, max_size=4), key=KEYS)
    def commit(self, topics: list[str], key: str) -> None:
        names = [self.name() for _ in topics]
        self.state.transact(lambda tx: self.enqueue(tx, names, topics, key))
        self.owed[key] += names

    @rule(topic=TOPICS, key=KEYS, seconds=st.integers(1, 20))
    def schedule(self, topic: str, key: str, seconds: int) -> None:
        name, instant = self.name(), self.clock.instant + timedelta(seconds=seconds)
        self.state.transact(lambda tx: self.enqueue(tx, [name], [topic], key, instant))
        self.scheduled[name] = instant

    @rule(topic=TOPICS, key=KEYS)
    def roll_back(self, topic: str, key: str) -> None:
        def work(tx: Transaction) -> None:
            self.enqueue(tx, ["never committed"], [topic], key)
            raise Rollback

        with pytest.raises(Rollback):
            self.state.transact(work)

    @rule(seconds=st.integers(1, 10))
    def wait(self, seconds: int) -> None:
        self.clock.instant += timedelta(seconds=seconds)

    @rule(fates=st.lists(FATES, min_size=1, max_size=3))
    def dispatch(self, fates: list[str]) -> None:
        with suppress(Death):
            Dispatcher(self.state, FatefulBus(self, fates), pace=PACE).dispatch()

    def meanwhile(self) -> None:
        """What happens while a dispatcher is frozen past its lease: another one works."""
        self.clock.instant += timedelta(seconds=6)
        Dispatcher(self.state, FatefulBus(self, []), pace=PACE).dispatch()

    def teardown(self) -> None:
        """In the end everything committed has arrived, in order, and nothing else."""
        if not hasattr(self, "state"):
            return
        for _ in range(40):
            if not self.state.find(OUTBOX):
                break
            self.clock.instant += timedelta(seconds=30)
            Dispatcher(self.state, FatefulBus(self, []), pace=PACE).dispatch()
        assert self.state.find(OUTBOX) == []
        firsts = list(dict.fromkeys(name for name, _ in self.arrived))
        for names in self.owed.values():
            assert [name for name in firsts if name in names] == names
        assert set(firsts) == {*self.scheduled, *self.owed["batch-1"], *self.owed["batch-2"]}
        for name, at in self.arrived:
            assert at >= self.scheduled.get(name, at)

    def name(self) -> str:
        self.count += 1
        return f"message-{self.count}"

    def enqueue(
        self, tx: Transaction, names: list[str], topics: list[str], key: str, not_before: datetime | None = None
    ) -> None:
        for name, topic in zip(names, topics, strict=True):
            enqueue(tx, Outgoing(topic, {"name": name}, {}, key, not_before))


@pytest.mark.proves("B2", "L27")
def test_everything_committed_arrives_in_order_and_nothing_else(state_site: StateSite) -> None:
    machine = type("Machine", (OutboxMachine,), {"site": state_site})
    run_state_machine_as_test(machine, settings=settings(max_examples=120, stateful_step_count=25, deadline=None))
