"""What waits: batches past their time, messages unsent, messages that were given up."""

from propcast.backends.state import deadletters, outbox
from propcast.backends.state.port import State
from propcast.service.health.body import Status
from propcast.service.health.checks import Observe, Observed

COUNTED_AT_MOST = 1_000


def oldest_batch(state: State) -> Observe:
    """Return an observation of how long the oldest open batch has been open, in seconds, against its own deadline.

    Past its deadline it is a warning, at twice its time a failure.
    """
    from propcast.pipeline.batch.history import oldest_open  # who plans no batches pays nothing for them

    def observe() -> Observed:
        batch = oldest_open(state)
        if batch is None:
            return Observed(0.0)
        age, time = state.now() - batch.created_at, batch.deadline_at - batch.created_at
        status = Status.FAIL if age >= 2 * time else Status.WARN if age >= time else Status.PASS
        told = f"batch {batch.batch_id} of {batch.sport} {batch.game_day} is {batch.state} since {batch.created_at}."
        return Observed(round(age.total_seconds(), 1), status, sentence=told)

    return observe


def oldest_unsent(state: State) -> Observe:
    """Return an observation of how long the oldest message has waited in the outbox, in seconds."""
    return lambda: round(max(0.0, outbox.oldest_unsent_s(state)), 1)


def dead_letters(state: State) -> Observe:
    """Return an observation of how many messages wait for somebody to read their reasons."""
    return lambda: len(deadletters.waiting(state, limit=COUNTED_AT_MOST))
