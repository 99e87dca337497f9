"""What the coordinator does with the messages that are pushed to it."""

from pydantic import JsonValue, RootModel

from propcast.apps.coordination import Coordinator
from propcast.backends.bus.port import DEAD_REASON, DEAD_SUBSCRIPTION
from propcast.backends.state import deadletters
from propcast.pipeline.batch.asking import Ask
from propcast.pipeline.batch.consolidating import complete
from propcast.pipeline.batch.planning import start
from propcast.pipeline.batch.samples import lose
from propcast.pipeline.batch.superseding import supersede
from propcast.pipeline.messages import CANARY, LANE, FeaturesReady, LinesChanged, PredictionReady
from propcast.service.push import Delivery, Outcome, Result
from propcast.service.topics import living_topic, subscriptions


class AnyMessage(RootModel[dict[str, JsonValue]]):
    """Whatever a message held."""


def started(coordinator: Coordinator, message: FeaturesReady) -> Result:
    """Begin the batch of the features that stand; the same features again are the same batch."""
    begun = start(coordinator.resources.backends, Ask.of(message), coordinator.rules)
    coordinator.resources.outbox.ring()
    return Result(Outcome.DONE if begun.created else Outcome.DUPLICATE, begun.reason)


def shard_ended(coordinator: Coordinator, message: PredictionReady) -> Result:
    """Note that a shard has ended; a batch that is complete is put together after the answer."""
    noted = complete(coordinator.resources.backends, message, coordinator.rules)
    if noted.is_complete:
        coordinator.complete.add(message.batch_id)
    return noted.handled


def lines_moved(coordinator: Coordinator, message: LinesChanged) -> Result:
    """Forecast the people anew whose lines moved."""
    superseded = supersede(coordinator.resources.backends, message, coordinator.rules)
    coordinator.resources.outbox.ring()
    return superseded.handled


def died(coordinator: Coordinator, message: AnyMessage, delivery: Delivery) -> Result:
    """Keep a message that the bus gave up, until somebody reads its reason and replays it.

    A canary's is noted as what it has failed to do; nobody needs it done.
    """
    told, known = delivery.attributes, subscriptions(coordinator.resources.places)
    reason = told.get(DEAD_REASON, "given up by the bus")
    if told.get(LANE) == CANARY:
        coordinator.resources.backends.state.transact(lambda tx: lose(tx, str(message.root.get("shard_id")), reason))
        return Result(Outcome.DONE, "a canary's")
    topic = living_topic(told.get(DEAD_SUBSCRIPTION, delivery.subscription), known)
    coordinator.resources.backends.state.transact(
        lambda tx: deadletters.record(
            tx,
            topic=topic,
            payload={**message.root},
            reason=reason,
            message_id=delivery.key,
            attributes=told,
        )
    )
    return Result(Outcome.DONE)
