"""The metrics that are read from stores when somebody asks for the metrics: what waits, how the day's slates stand."""

from collections import Counter
from collections.abc import Iterable, Sequence

from propcast.apps.resources import Resources
from propcast.backends.state import deadletters, outbox
from propcast.backends.state.records import ExpectedOutput, StepState
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.batch.records import Batch
from propcast.pipeline.batch.states import BatchState
from propcast.pipeline.messages import Topic
from propcast.service.telemetry import declared
from propcast.service.telemetry.metrics import Metrics
from propcast.service.topics import taken_by

DEAD_LETTERS_AT_MOST = 1_000
FORECASTS = "predictions"
"""The step of the grid that a slate settles, game by game."""
_SETTLED = (StepState.DONE, StepState.EMPTY_OK)


def waiting(resources: Resources, metrics: Metrics) -> None:
    """Measure what waits in the outbox, and on the subscriptions of a service."""
    backends, entry = resources.backends, resources.entry
    metrics.set(declared.OUTBOX_OLDEST, max(0.0, outbox.oldest_unsent_s(backends.state)), service=entry.name)
    for name in taken_by(entry, resources.places):
        backlog = backends.bus.backlog(name)
        metrics.set(declared.BACKLOG, backlog.messages, subscription=name)
        metrics.set(declared.BACKLOG_OLDEST, backlog.oldest_s, subscription=name)


def given_up(resources: Resources, metrics: Metrics) -> None:
    """Measure how many dead letters of each topic nobody has replayed."""
    letters = deadletters.waiting(resources.backends.state, limit=DEAD_LETTERS_AT_MOST)
    found = Counter(letter.topic for letter in letters)
    for topic in sorted({topic.value for topic in Topic} | set(found)):
        metrics.set(declared.DEAD_LETTERS, found[topic], topic=topic)


def grid(resources: Resources, metrics: Metrics) -> None:
    """Measure what today owes and has, and which share of its games has forecasts."""
    backends = resources.backends
    today = GameDay.of_instant(backends.clock.now())
    for sport in Sport:
        cells = backends.ledger.expected(sport, today)
        for step in sorted({cell.step for cell in cells}):
            states = Counter(cell.state for cell in cells if cell.step == step)
            for state in StepState:  # also what has become none
                metrics.set(declared.EXPECTED_OUTPUTS, states[state], sport=sport.value, step=step, state=state.value)
        metrics.set(declared.SLATE_COVERAGE, covered(cells), sport=sport.value)


def covered(cells: Sequence[ExpectedOutput]) -> float:
    """Return the share of a day's games that have their forecasts, or need none; 1 on a day without games."""
    games = [cell.state in _SETTLED for cell in cells if cell.step == FORECASTS]
    return sum(games) / len(games) if games else 1.0


def stood(batches: Iterable[Batch], metrics: Metrics) -> None:
    """Measure how many of these batches are in each state."""
    found = Counter((batch.sport, batch.state.value) for batch in batches)
    for sport in Sport:
        for state in BatchState:
            metrics.set(declared.BATCHES, found[sport, state.value], sport=sport.value, state=state.value)
