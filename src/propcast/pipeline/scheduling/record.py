"""What became of planned moments, in the state store: each is settled once, with the message that it owes."""

from datetime import datetime, timedelta

from propcast.backends.state import outbox, retention
from propcast.backends.state.outbox import Outgoing
from propcast.backends.state.port import Body, Collection, State, Transaction, Where
from propcast.core.instants import text_of
from propcast.pipeline.messages import RawReady, Topic, attributes_of, body_of
from propcast.pipeline.scheduling.agenda import Fate
from propcast.pipeline.scheduling.planning import Moment

MOMENTS = Collection("planned_moments", ("sport", "game_day", "at", "fate"))
KEPT = timedelta(days=60)


def publish(state: State, moment: Moment) -> bool:
    """Record that a moment was published, and put its message in the outbox, in one transaction; False for a repeat."""
    message = RawReady(sport=moment.sport, game_day=moment.day.date, as_of=moment.at)
    attributes = attributes_of(message, deadline=moment.until)
    order_key = f"{moment.sport} {moment.day}"

    def work(tx: Transaction) -> bool:
        is_new = _settle(tx, moment, Fate.PUBLISHED, "")
        if is_new:
            outbox.enqueue(tx, Outgoing(Topic.RAW_READY, body_of(message), attributes, order_key))
        return is_new

    return state.transact(work)


def skip(state: State, moment: Moment, reason: str) -> bool:
    """Record that a moment is not needed any more; False for one that is settled already."""
    return state.transact(lambda tx: _settle(tx, moment, Fate.SKIPPED, reason))


def fates(state: State, since: datetime) -> dict[str, Fate]:
    """Return what became of the moments since an instant, by their keys."""
    found = state.find(MOMENTS, [Where("at", ">=", text_of(since))])
    return {document.key: Fate(str(document.body["fate"])) for document in found}


def forget(state: State) -> int:
    """Remove what nobody asks for any more; return how much."""
    return retention.forget(state, MOMENTS, "at", state.now() - KEPT)


def _settle(tx: Transaction, moment: Moment, fate: Fate, reason: str) -> bool:
    if tx.get(MOMENTS, moment.key) is not None:
        return False
    body: Body = {
        "sport": moment.sport.value,
        "game_day": str(moment.day),
        "name": moment.name,
        "at": text_of(moment.at),
        "fate": fate.value,
        "reason": reason,
        "settled_at": text_of(tx.now),
    }
    tx.put(MOMENTS, moment.key, body)
    return True
