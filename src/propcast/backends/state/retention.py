"""How long documents are kept that only matter for a while, such as the inbox and what was sent."""

from datetime import datetime, timedelta

from propcast.backends.state.inbox import INBOX
from propcast.backends.state.outbox import SENT
from propcast.backends.state.port import Collection, State, Transaction, Where
from propcast.core.instants import text_of

AGES = {INBOX: "at", SENT: "sent_at"}
"""What is kept for a while, by the field with the instant from which that while counts."""


def prune(state: State, kept: timedelta) -> int:
    """Forget some of the messages that were handled or sent longer ago; return how many, to be called now and then."""
    before = state.now() - kept
    return sum(forget(state, collection, field, before) for collection, field in AGES.items())


def forget(state: State, collection: Collection, field: str, before: datetime, limit: int = 500) -> int:
    """Delete up to `limit` documents whose instant in `field` is earlier; return how many, to be called until 0."""

    def work(tx: Transaction) -> int:
        old = tx.find(collection, [Where(field, "<", text_of(before))], order_by=field, limit=limit)
        for document in old:
            tx.delete(collection, document.key)
        return len(old)

    return state.transact(work)
