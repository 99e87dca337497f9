"""The watcher beside a controller: a process of its own that outlives it, and ends once nothing needs it.

There is one for each home and environment, whoever starts more of them.
"""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from propcast.backends.compose import compose
from propcast.backends.settings import load_settings
from propcast.backends.state.port import State
from propcast.delivery.rollout.composing import site_of
from propcast.delivery.rollout.known import under_way
from propcast.delivery.rollout.means import Means
from propcast.delivery.rollout.watching import watch_over
from propcast.service.supervision.place import AlreadyUp, Place

NAME = "rollout-watcher"
EVERY_S = 5.0
IDLE_LOOKS = 6
"""After so many looks at nothing a watcher ends: one that was started before its rollout began has seen it by then."""


def stand_by(home: Path, environment: str, target: str, manifest: Path, every_s: float = EVERY_S) -> None:
    """Start a watcher that outlives this process; where one watches already, the new one ends at once."""
    log = home / "logs" / f"{NAME}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    words = [str(home), environment, target, str(manifest.absolute()), str(every_s)]
    append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    opened = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        *((os.POSIX_SPAWN_OPEN, number, str(log), append, 0o644) for number in (1, 2)),
    ]
    os.posix_spawn(
        sys.executable, [sys.executable, "-m", __name__, *words], dict(os.environ), file_actions=opened, setsid=True
    )


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

    def watch(self, every_s: float) -> None:
        """Look again and again, and roll back what was abandoned, until nothing was under way for a few looks."""
        idle = 0
        while idle < IDLE_LOOKS:
            for record in watch_over(self.state, self.environment, self.means_of, self.state.now()):
                print(f"{record.plan.id} {record.plan.service}: {record.position} {record.reason}", flush=True)  # noqa: T201
            self.wait(every_s)
            idle = 0 if self.is_needed else idle + 1


def main() -> int:
    """Read `home environment target manifest seconds` from the command line and watch."""
    home, environment, target, manifest, every_s = sys.argv[1:]
    site = site_of(compose(load_settings(home=Path(home))), environment, target, Path(manifest))
    watcher = Watcher(site.backends.state, environment, site.means, time.sleep)
    try:
        with Place(Path(home), f"{NAME}-{environment}").claimed():
            watcher.watch(float(every_s))
        while watcher.is_needed:  # it began while this one was ending, and its own watcher has left it to this one
            with Place(Path(home), f"{NAME}-{environment}").claimed():
                watcher.watch(float(every_s))
    except AlreadyUp:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
