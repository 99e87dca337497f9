"""Every time of the supervisor, in one place."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Times:
    """How long the supervisor waits for what, in seconds.

    Attributes:
        prepare_s: a store that does not answer is asked again for so long before nothing is started at all.
        prepare_again_s: pause between two such questions.
        startup_s: a process that does not show life by then is started anew.
        startup_poll_s: pause between two looks at a process that is starting.
        ready_s: how long a new process is asked whether it is ready; later nobody waits for it.
        ready_poll_s: pause between two such questions.
        probe_every_s: pause between two looks at a running process.
        probe_s: a look that takes longer has failed.
        misses: failed looks in a row after which a process is started anew.
        grace_s: how long a process may take to end before it is killed; longer than a service's own grace.
        first_restart_s: bound of the pause before the first restart; it doubles with each crash.
        longest_restart_s: no pause is longer.
        calm_s: a process that ran this long starts again with the first pause.
        crashes: a process that ends more often than this within `within_s` is given up.
        within_s: see `crashes`.
    """

    prepare_s: float = 10.0
    prepare_again_s: float = 0.25
    startup_s: float = 60.0
    startup_poll_s: float = 0.05
    ready_s: float = 15.0
    ready_poll_s: float = 0.1
    probe_every_s: float = 5.0
    probe_s: float = 1.0
    misses: int = 3
    grace_s: float = 12.0
    first_restart_s: float = 0.5
    longest_restart_s: float = 30.0
    calm_s: float = 30.0
    crashes: int = 6
    within_s: float = 180.0

    def scaled(self, divisor: float) -> "Times":
        """Return the times with the pauses between restarts divided; how long a machine takes for a start stays."""
        return replace(
            self,
            first_restart_s=self.first_restart_s / divisor,
            longest_restart_s=self.longest_restart_s / divisor,
            calm_s=self.calm_s / divisor,
            within_s=self.within_s / divisor,
        )
