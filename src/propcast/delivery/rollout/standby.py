"""The watcher beside a controller: a process of its own that outlives it, and ends once nothing needs it.

There is one for each home and environment, whoever starts more of them.
"""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from propcast.backends.compose import compose
from propcast.backends.settings import load_settings
from propcast.backends.state.port import State
from propcast.delivery.rollout.composing import site_of
from propcast.delivery.rollout.known import under_way
from propcast.delivery.rollout.means import Means
from propcast.delivery.rollout.watching import watch_over
from propcast.service.supervision.outliving import start_outliving
from propcast.service.supervision.place import AlreadyUp, Place

NAME = "rollout-watcher"
EVERY_S = 5.0
IDLE_LOOKS = 6
"""After so many looks at nothing a watcher ends: one that was started before its rollout began has seen it by then."""


def stand_by(home: Path, environment: str, target: str, manifest: Path, every_s: float = EVERY_S) -> None:
    """Start a watcher that outlives this process; where one watches already, the new one ends at once."""
    words = [str(home), environment, target, str(manifest.absolute()), str(every_s)]
    start_outliving(__name__, words, home / "logs" / f"{NAME}.log")


@dataclass(frozen=True)
class Watcher:
    """Looks after the rollouts of an environment."""

    state: State
    environment: str
    means_of: Callable[[str], Means]
    wait: Callable[[float], None]

    @property
    def is_needed(self) -> bool:
        """Whether a rollout is under way that does not wait for people."""
        return any(not record.resting for record in under_way(self.state, self.environment))

    def look(self) -> Iterator[str]:
        """Roll back what was abandoned, and say what became of it."""
        for record in watch_over(self.state, self.environment, self.means_of, self.state.now()):
            yield f"{record.plan.id} {record.plan.service}: {record.position} {record.reason}"

    def watch(self, every_s: float) -> Iterator[str]:
        """Look again and again, and say what was rolled back, until nothing was under way for a few looks."""
        idle = 0
        while idle < IDLE_LOOKS:
            yield from self.look()
            self.wait(every_s)
            idle = 0 if self.is_needed else idle + 1


def watch_alone(watcher: Watcher, home: Path, every_s: float) -> Iterator[str]:
    """Watch if nobody does; what began while this watcher was ending is watched too: its own has left it to this."""
    is_needed = True
    while is_needed:
        try:
            with Place(home, f"{NAME}-{watcher.environment}").claimed():
                yield from watcher.watch(every_s)
        except AlreadyUp:
            return
        is_needed = watcher.is_needed


def main() -> int:
    """Read `home environment target manifest seconds` from the command line and watch."""
    home, environment, target, manifest, every_s = sys.argv[1:]
    site = site_of(compose(load_settings(home=Path(home))), environment, target, Path(manifest))
    watcher = Watcher(site.backends.state, environment, site.means, time.sleep)
    for told in watch_alone(watcher, Path(home), float(every_s)):
        print(told, flush=True)  # noqa: T201 - its log
    return 0


if __name__ == "__main__":
    sys.exit(main())
