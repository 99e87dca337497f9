"""What people do about dead letters: send one again under the key it first had, or discard it; both are on record."""

from propcast.backends.bus.port import DEAD_DELIVERIES, DEAD_REASON, DEAD_SUBSCRIPTION, DEADLINE, ORIGINAL_ID
from propcast.backends.state import audit, deadletters, outbox
from propcast.backends.state.outbox import Outgoing
from propcast.backends.state.port import State, Transaction
from propcast.core.errors import InputError

_OF_ITS_DEATH = (DEAD_DELIVERIES, DEAD_REASON, DEAD_SUBSCRIPTION, DEADLINE)


def replay(state: State, letter_id: str, by: str) -> None:
    """Owe the bus a dead letter again; a service sends it, and an effect that it had already is recognised.

    Raises:
        InputError: it never was a message that could be sent.
        StoreConflict: it is unknown, incomplete, or somebody did something about it before.
    """

    def work(tx: Transaction) -> None:
        letter = deadletters.mark_replayed(tx, letter_id, by)
        if not isinstance(letter.payload, dict):
            raise InputError(f"dead letter {letter_id!r} is no message, and would be none again; discard it")
        audit.append(tx, actor=by, action="replay dead letter", target=letter_id, detail={"topic": letter.topic})
        kept = {name: value for name, value in letter.attributes.items() if name not in _OF_ITS_DEATH}
        attributes = {ORIGINAL_ID: letter.message_id, **kept} if letter.message_id else kept
        outbox.enqueue(tx, Outgoing(letter.topic, letter.payload, attributes, order_key=letter_id))

    state.transact(work)


def discard(state: State, letter_id: str, by: str, reason: str) -> None:
    """Let a dead letter wait no more; it stays readable.

    Raises:
        StoreConflict: it is unknown, or somebody did something about it before.
    """

    def work(tx: Transaction) -> None:
        letter = deadletters.mark_discarded(tx, letter_id, by)
        detail = {"topic": letter.topic, "died_of": letter.reason, "reason": reason}
        audit.append(tx, actor=by, action="discard dead letter", target=letter_id, detail={**detail})

    state.transact(work)
