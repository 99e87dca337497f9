"""How the work on a shard is asked for: of the workers, and of a canary beside them."""

from propcast.backends.state import outbox
from propcast.backends.state.port import Transaction
from propcast.pipeline.batch.records import Batch, Shard
from propcast.pipeline.messages import CANARY, LANE, PredictionRequest, Topic, attributes_of, body_of


def request(tx: Transaction, batch: Batch, shard: Shard) -> None:
    """Owe the workers a request for a shard."""
    _owe(tx, batch, shard, {}, order_key=batch.batch_id)


def request_of_canary(tx: Transaction, batch: Batch, shard: Shard) -> None:
    """Owe a canary the same request; no worker's waits behind it."""
    _owe(tx, batch, shard, {LANE: CANARY}, order_key=f"{batch.batch_id} {CANARY}")


def _owe(tx: Transaction, batch: Batch, shard: Shard, lane: dict[str, str], *, order_key: str) -> None:
    message = PredictionRequest(
        sport=batch.sport,
        game_day=batch.game_day.date,
        batch_id=batch.batch_id,
        shard_id=shard.shard_id,
        ordinal=shard.ordinal,
        participants=len(shard.participants),
    )
    attributes = {**attributes_of(message, deadline=batch.late_until), **lane}
    outbox.enqueue(tx, outbox.Outgoing(Topic.PREDICTION_REQUEST, body_of(message), attributes, order_key=order_key))
