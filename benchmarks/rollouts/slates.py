"""A coordinator in this process: it makes a slate as soon as a canary is to have its share of the shards."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

from benchmarks.rollouts.world import DAYS
from propcast.apps.resources import make_dispatcher
from propcast.backends.compose import Backends, compose
from propcast.backends.settings import load_settings
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.batch import lanes
from propcast.pipeline.batch.asking import Ask
from propcast.pipeline.batch.filing import has_open_shard
from propcast.pipeline.batch.planning import start
from propcast.pipeline.batch.rules import Rules
from propcast.pipeline.batch.sweeping import sweep
from propcast.pipeline.messages import Trigger
from propcast.service.topics import Places

SPORT, DAY = Sport.NBA, GameDay.parse(DAYS[-1])
REASONS = (Trigger.CORRECTION, Trigger.OPERATOR)
"""Why slates are made: the same inputs for the same reason are the same batch."""
HOLDER = "coordinator of the proof"
LOOKS_EVERY_S = 0.2


@dataclass
class Slates:
    """What makes slates in a home whose bus and worker run."""

    home: Path
    reasons: Iterator[Trigger] = field(default_factory=lambda: cycle(REASONS))

    @contextmanager
    def made(self) -> Iterator[None]:
        """Make a slate once there is a lane, if there is one while the block runs."""
        over, backends = threading.Event(), compose(load_settings(home=self.home))
        thread = threading.Thread(target=self._make, args=(backends, over))
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _make(self, backends: Backends, over: threading.Event) -> None:
        while backends.state.transact(lambda tx: lanes.active(tx, SPORT)) is None:
            if over.wait(LOOKS_EVERY_S):
                return
        rules, dispatcher = Rules(), make_dispatcher(backends, Places(), HOLDER)
        begun = start(backends, Ask(SPORT, DAY, reason=next(self.reasons), insists=True), rules).batch
        while begun and has_open_shard(backends.state, begun.batch_id) and not over.wait(LOOKS_EVERY_S):
            dispatcher.dispatch()
        sweep(backends, dispatcher, holder=HOLDER, rules=rules)
