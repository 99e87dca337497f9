"""Every call of Firestore failing: what passes is not seen, what stays has a name, and nothing is lost or doubled."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import uuid4

import grpc
import pytest

from propcast.backends.google.patience import Patience
from propcast.backends.state import leases, outbox
from propcast.backends.state.firestore.opening import state_at
from propcast.backends.state.firestore.store import FirestoreState
from propcast.backends.state.port import Transaction
from propcast.core.errors import PropCastError, StoreConflict, StoreRefused, StoreUnavailable
from tests.backends.outbox_samples import MESSAGE
from tests.backends.state_conformance.samples import PLAIN, THINGS, increment, keys, put, thing
from tests.emulators.firestore_faults import Between
from tests.emulators.wire import FOR_EVER, Fault

pytestmark = pytest.mark.gcp

Code = grpc.StatusCode
CALLS = ("BeginTransaction", "BatchGetDocuments", "RunQuery", "Commit")
TRANSIENT = (
    Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED, Code.RESOURCE_EXHAUSTED, Code.INTERNAL, Code.UNKNOWN, Code.CANCELLED,
)  # fmt: skip
PERMANENT = (Code.PERMISSION_DENIED, Code.UNAUTHENTICATED, Code.NOT_FOUND, Code.FAILED_PRECONDITION)
PATIENCE = Patience(budget_s=60, first_s=0.01, longest_s=0.1)
HASTE = Patience(budget_s=0.5, first_s=0.01, longest_s=0.05)


@pytest.fixture
def between() -> Between:
    return Between()


@pytest.fixture
def opened(firestore_address: str, between: Between) -> Iterator[Callable[..., FirestoreState]]:
    prefix = f"t{uuid4().hex[:12]}_"
    with between.before(firestore_address) as address:
        yield lambda patience=PATIENCE: state_at("propcast", prefix, address, patience=patience)


@pytest.fixture
def state(opened: Callable[..., FirestoreState]) -> FirestoreState:
    return opened()


def whole(tx: Transaction) -> int:
    """Use each call: find, count, note the number in a document of its own, and owe a message."""
    found = tx.find(THINGS, order_by="size", descending=True, limit=1)
    number = int(str((tx.get(PLAIN, "counter") or {"n": 0})["n"])) + 1
    assert len(found) == (number > 1)
    tx.put(PLAIN, "counter", {"n": number})
    tx.insert(THINGS, f"{number}", thing(size=number))
    outbox.enqueue(tx, MESSAGE)
    return number


def effects(state: FirestoreState) -> tuple[object, list[str], int]:
    return state.get(PLAIN, "counter"), keys(state, THINGS), len(state.find(outbox.OUTBOX))


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("code", TRANSIENT)
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.proves("L26", "L27")
def test_a_call_that_fails_for_a_while_changes_nothing_of_the_outcome(
    state: FirestoreState, between: Between, call: str, code: grpc.StatusCode, after: bool
) -> None:
    """Also where it had its effect and only the answer was lost, twice."""
    between.faults[call] = Fault(code, 2, after)
    assert [state.transact(whole) for _ in range(2)] == [1, 2]
    assert between.faults[call].times == 0
    assert effects(state) == ({"n": 2}, ["1", "2"], 2)


@pytest.mark.parametrize("code", TRANSIENT)
@pytest.mark.parametrize("call", CALLS)
def test_a_call_that_fails_for_ever_is_unavailable_within_the_budget_and_writes_nothing(
    opened: Callable[..., FirestoreState], between: Between, call: str, code: grpc.StatusCode
) -> None:
    between.faults[call] = Fault(code, FOR_EVER)
    with pytest.raises(StoreUnavailable):
        opened(HASTE).transact(whole)
    assert len(between.asked) < 200
    between.faults.clear()
    assert effects(opened()) == (None, [], 0)


@pytest.mark.parametrize("code", PERMANENT)
@pytest.mark.parametrize("call", CALLS)
def test_a_call_that_is_refused_is_asked_once_and_writes_nothing(
    state: FirestoreState, between: Between, call: str, code: grpc.StatusCode
) -> None:
    between.faults[call] = Fault(code, FOR_EVER)
    with pytest.raises(StoreRefused):
        state.transact(whole)
    assert between.asked.count(call) == 1
    between.faults.clear()
    assert effects(state) == (None, [], 0)


@pytest.mark.parametrize("code", TRANSIENT)
def test_a_rollback_that_fails_hides_no_error(state: FirestoreState, between: Between, code: grpc.StatusCode) -> None:
    between.faults["Rollback"] = Fault(code, FOR_EVER)

    def work(tx: Transaction) -> None:
        increment(tx)
        raise ValueError("of the work")

    with pytest.raises(ValueError, match="of the work"):
        state.transact(work)


@pytest.mark.parametrize("call", ["BatchGetDocuments", "RunQuery", "Commit", "BeginTransaction"])
def test_a_transaction_that_lost_runs_again_even_where_its_work_caught_that(
    state: FirestoreState, between: Between, call: str
) -> None:
    def careless(tx: Transaction) -> int:
        try:
            return whole(tx)
        except PropCastError:
            return -1

    between.faults[call] = Fault(Code.ABORTED, 1)
    assert state.transact(careless) == 1
    between.faults[call] = Fault(Code.INVALID_ARGUMENT, 1, message="The referenced transaction has expired")
    assert state.transact(careless) == 2
    assert effects(state) == ({"n": 2}, ["1", "2"], 2)


def test_a_lease_whose_answer_was_lost_is_had(state: FirestoreState, between: Between) -> None:
    """Without the marker it would seem to be held by somebody else."""
    between.faults["Commit"] = Fault(Code.UNAVAILABLE, 1, after=True)
    lease = leases.acquire(state, "shard/1", "me", timedelta(seconds=60))
    assert lease is not None
    assert lease.token == 1


def test_an_insert_whose_answer_was_lost_is_no_conflict_and_one_of_another_is(
    state: FirestoreState, between: Between
) -> None:
    between.faults["Commit"] = Fault(Code.DEADLINE_EXCEEDED, 1, after=True)
    state.transact(lambda tx: tx.insert(THINGS, "a", thing("ours")))
    between.faults["Commit"] = Fault(Code.DEADLINE_EXCEEDED, 1, after=False)
    with pytest.raises(StoreConflict, match="'a' exists already"):
        state.transact(lambda tx: tx.insert(THINGS, "a", thing("theirs")))
    assert state.get(THINGS, "a") == thing("ours")


def test_what_others_did_after_a_lost_answer_is_not_undone(
    opened: Callable[..., FirestoreState], between: Between
) -> None:
    """Our attempt is committed, its answer is lost, somebody else goes on from there: ours is not done again."""
    state, other = opened(), opened()

    def others() -> None:
        between.faults.clear()
        put(other, PLAIN, counter={"n": 100})

    between.faults["Commit"] = Fault(Code.UNAVAILABLE, 1, after=True)
    between.meanwhile = others
    # The fault is taken already: clearing the rest lets the others through.
    assert state.transact(increment) == 1
    assert state.get(PLAIN, "counter") == {"n": 100}


def test_the_result_is_that_of_the_attempt_that_was_committed(state: FirestoreState, between: Between) -> None:
    """The first attempt is not committed, the second is, and its answer is lost."""
    seen: list[int] = []

    def work(tx: Transaction) -> str:
        seen.append(increment(tx))
        return f"attempt {len(seen)}"

    between.faults["Commit"] = Fault(Code.ABORTED, 1)
    assert state.transact(work) == "attempt 2"
    assert seen == [1, 1]


def test_one_that_gives_up_says_whether_it_may_yet_be_committed(
    opened: Callable[..., FirestoreState], between: Between
) -> None:
    between.faults["Commit"] = Fault(Code.UNAVAILABLE, FOR_EVER)
    with pytest.raises(StoreUnavailable, match="an attempt may yet be committed"):
        opened(HASTE).transact(increment)
    between.faults["Commit"] = Fault(Code.ABORTED, FOR_EVER)
    with pytest.raises(StoreUnavailable, match="nothing was written"):
        opened(HASTE).transact(increment)
