"""When a process that ended is started again, and when no more."""

import random
from collections import deque

from propcast.service.supervision.times import Times


class Restarts:
    """Counts the crashes of one process."""

    def __init__(self, times: Times, rng: random.Random) -> None:
        self._times = times
        self._rng = rng
        self._crashes: deque[float] = deque()
        self._in_a_row = 0

    def pause_s(self, ended_at: float, ran_s: float) -> float | None:
        """Count a crash and return how long to wait before the next start; None when the budget is used up.

        The pause doubles with each crash in a row, with jitter, so that processes that fell together do not all come
        back at once.
        """
        times = self._times
        self._in_a_row = 1 if ran_s >= times.calm_s else self._in_a_row + 1
        self._crashes.append(ended_at)
        while self._crashes[0] <= ended_at - times.within_s:
            self._crashes.popleft()
        if len(self._crashes) > times.crashes:
            return None
        bound = times.first_restart_s * 2.0 ** min(self._in_a_row - 1, 30)
        return min(bound, times.longest_restart_s) * self._rng.uniform(0.5, 1.0)
