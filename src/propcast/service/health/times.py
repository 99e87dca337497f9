"""Every time of the health paths, as settings that tests and chaos scale."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Budget:
    """How long one kind of run may take, and how long its result is served again."""

    each_s: float
    total_s: float
    window_s: float

    def scaled(self, factor: float) -> "Budget":
        """Return the budget with every time multiplied."""
        return Budget(self.each_s * factor, self.total_s * factor, self.window_s * factor)


@dataclass(frozen=True)
class HealthTimes:
    """The budgets of `/ready` and `/health/deep`, and of asking who the caller is."""

    ready: Budget = Budget(each_s=0.8, total_s=1.5, window_s=5.0)
    deep: Budget = Budget(each_s=3.0, total_s=5.0, window_s=60.0)

    def scaled(self, factor: float) -> "HealthTimes":
        """Return the same times multiplied."""
        return HealthTimes(self.ready.scaled(factor), self.deep.scaled(factor))


LOCAL_TIMES = HealthTimes()
CLOUD_TIMES = replace(LOCAL_TIMES, deep=Budget(each_s=10.0, total_s=15.0, window_s=60.0))
