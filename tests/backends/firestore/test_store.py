"""What Firestore promises beside the port: its own time, its price, its TTL, and values longer than an index holds."""

from datetime import timedelta
from uuid import uuid4

import pytest

from propcast.backends.state.firestore.documents import ENDS
from propcast.backends.state.firestore.opening import state_at
from propcast.backends.state.firestore.store import KEPT, FirestoreState
from propcast.backends.state.firestore.values import LONGEST
from propcast.backends.state.inbox import INBOX, record
from propcast.backends.state.port import Transaction, Where
from propcast.backends.state.retention import forget
from propcast.core.errors import StoreConflict
from tests.backends.state_conformance.samples import PLAIN, THINGS, increment, keys, put, thing

pytestmark = pytest.mark.gcp


@pytest.fixture
def server(firestore_address: str) -> FirestoreState:
    """A store whose time is Firestore's."""
    return state_at("propcast", f"t{uuid4().hex[:12]}_", firestore_address)


def test_time_is_firestores_and_one_throughout_a_transaction(server: FirestoreState) -> None:
    before = server.now()

    def work(tx: Transaction) -> bool:
        first, order = tx.now, tx.order()
        return first == tx.now and before <= first and order < tx.order()

    assert server.transact(work)
    assert before < server.now()


def test_what_is_asked_is_counted_as_it_is_billed(server: FirestoreState) -> None:
    server.get(PLAIN, "a")
    server.find(PLAIN)
    assert (server.used.calls, server.used.reads) == (2, 2)
    put(server, PLAIN, a={}, b={})
    assert (server.used.writes, server.used.deletes) == (3, 0)
    server.find(PLAIN)
    server.transact(lambda tx: tx.delete(PLAIN, "a"))
    assert (server.used.reads, server.used.writes, server.used.deletes) == (4, 4, 1)


def test_what_is_kept_for_a_while_says_when_firestore_may_delete_it(server: FirestoreState) -> None:
    server.transact(lambda tx: record(tx, "worker", "m1"))
    now = server.now()
    reading = server._reading
    (name,) = (reading.place.name(INBOX.name, found.key) for found in server.find(INBOX))
    ends = reading.stored([name]).found[name].fields[ENDS].timestamp_value
    assert timedelta(0) <= now + KEPT - ends < timedelta(minutes=5)


def test_texts_longer_than_an_index_holds_are_found_whole_and_in_order(server: FirestoreState) -> None:
    start = "x" * LONGEST
    put(server, THINGS, **{key: thing(size=start + end) for key, end in [("a", "3"), ("b", "1"), ("c", "2")]})
    assert [found.key for found in server.find(THINGS, order_by="size", limit=1)] == ["b"]
    assert [found.key for found in server.find(THINGS, [Where("size", ">", start + "1")], order_by="size")] == [
        "c",
        "a",
    ]
    assert [found.key for found in server.find(THINGS, [Where("size", "==", start + "2")], limit=1)] == ["c"]


def test_a_document_made_and_removed_in_one_transaction_must_not_have_been_there(server: FirestoreState) -> None:
    def work(tx: Transaction) -> None:
        tx.insert(THINGS, "a", thing())
        tx.delete(THINGS, "a")

    server.transact(work)
    assert keys(server, THINGS) == []
    put(server, THINGS, a=thing())
    with pytest.raises(StoreConflict):
        server.transact(work)
    assert keys(server, THINGS) == ["a"]


def test_a_page_of_old_documents_is_forgotten_at_once(server: FirestoreState) -> None:
    def work(tx: Transaction) -> None:
        for number in range(510):
            record(tx, "worker", f"m{number}")

    server.transact(work)
    later = server.now() + timedelta(seconds=1)
    assert [forget(server, INBOX, "at", later) for _ in range(2)] == [500, 10]


def test_two_environments_share_a_database_and_no_document(firestore_address: str) -> None:
    one, other = (state_at("propcast", f"t{uuid4().hex[:12]}_", firestore_address) for _ in range(2))
    one.transact(increment)
    assert other.get(PLAIN, "counter") is None
