"""What waits: batches past their time, messages unsent, messages that were given up."""

from propcast.backends.state import deadletters, outbox
from propcast.backends.state.port import State
from propcast.service.health.checks import Observe

COUNTED_AT_MOST = 1_000


def oldest_unsent(state: State) -> Observe:
    """Return an observation of how long the oldest message has waited in the outbox, in seconds."""
    return lambda: round(max(0.0, outbox.oldest_unsent_s(state)), 1)


def dead_letters(state: State) -> Observe:
    """Return an observation of how many messages wait for somebody to read their reasons."""
    return lambda: len(deadletters.waiting(state, limit=COUNTED_AT_MOST))
