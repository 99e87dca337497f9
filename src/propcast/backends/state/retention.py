"""How long documents are kept that only matter for a while, such as the inbox and what was sent."""

from datetime import datetime

from propcast.backends.state.port import Collection, State, Transaction, Where
from propcast.core.instants import text_of


def forget(state: State, collection: Collection, field: str, before: datetime, limit: int = 500) -> int:
    """Delete up to `limit` documents whose instant in `field` is earlier; return how many, to be called until 0."""

    def work(tx: Transaction) -> int:
        old = tx.find(collection, [Where(field, "<", text_of(before))], order_by=field, limit=limit)
        for document in old:
            tx.delete(collection, document.key)
        return len(old)

    return state.transact(work)
