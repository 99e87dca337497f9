"""Messages whose effect is done: recorded in the transaction of the effect, so that a repeat does nothing."""

from propcast.backends.state.keys import compound
from propcast.backends.state.port import Collection, Reader, Transaction
from propcast.core.instants import text_of

INBOX = Collection("inbox", ("at",))


def seen(reader: Reader, consumer: str, message_key: str) -> bool:
    """Say whether the consumer's effect of that message is committed."""
    return reader.get(INBOX, compound(consumer, message_key)) is not None


def record(tx: Transaction, consumer: str, message_key: str) -> None:
    """Commit the message with its effect; the transaction ends with `StoreConflict` when it was recorded before."""
    tx.insert(INBOX, compound(consumer, message_key), {"at": text_of(tx.now)})
