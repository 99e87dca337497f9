"""Fourteen days on which nothing is wrong, as the services would measure them; what is owed their own code says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from propcast.backends.state.records import ExpectedOutput, StepState
from propcast.core.gameday import EASTERN, GameDay
from propcast.core.sport import Sport
from propcast.pipeline.promises import DUE, FORECASTS, GRACE, GRADES, OVERDUE, minutes_to_next, promises
from tests.delivery.monitoring.planting import SERVICES

EVERY = timedelta(minutes=4)
DAYS = 14
CHECKS = (("models:unloaded", "true"), ("models:golden_difference", "true"), ("batches:oldest_open", "true"),
          ("sources:age", "false"), ("lines:age", "false"))  # fmt: skip
FORECAST_BEFORE = timedelta(hours=5)
"""All games of a day are forecast at once, so long before the first of them."""
GRADED_AT = time(9, 45)
"""Eastern; a quarter of an hour before grades are owed, so that an hour's error of a clock change would show."""


@dataclass(frozen=True)
class Fortnight:
    """Days of one sport.

    Attributes:
        first: the first of them.
        starts: Eastern times of the games of each day; none on the days that are left out.
    """

    first: date
    starts: tuple[time, ...] = (time(12, 30), time(19), time(22, 30))
    without: frozenset[int] = frozenset()
    sport: Sport = Sport.NBA

    @property
    def days(self) -> list[GameDay]:
        return [GameDay(self.first).plus(n) for n in range(DAYS)]

    @cache  # noqa: B019 - a fortnight is as short-lived as its test run
    def games(self, n: int) -> dict[str, datetime]:
        day = self.days[n]
        starts = () if n in self.without else self.starts
        return {f"{day}-{k}": datetime.combine(day.date, at, EASTERN).astimezone(UTC) for k, at in enumerate(starts)}

    def instants(self) -> list[datetime]:
        begin = datetime.combine(self.first, time(0), EASTERN).astimezone(UTC)
        return [begin + EVERY * n for n in range(DAYS * timedelta(days=1) // EVERY)]

    def series(self) -> dict[str, list[float | None]]:
        """Every series of every instant."""
        found = [self._at(instant, n) for n, instant in enumerate(self.instants())]
        names = dict.fromkeys(name for sample in found for name in sample)
        return {name: [sample.get(name) for sample in found] for name in names}

    def _at(self, now: datetime, n: int) -> dict[str, float]:
        today = GameDay.of_instant(now)
        k = min((today.date - self.first).days, DAYS - 1)
        known = {event: start for d in range(k + 1) for event, start in self.games(d).items()}
        owed = promises(self._cells(now, k), known)
        sport = f'sport="{self.sport}"'
        late = {
            (step, state): sum(each.is_missing(now - grace) for each in owed if each.cell.step == step)
            for step in (FORECASTS, GRADES)
            for state, grace in ((DUE, timedelta(0)), (OVERDUE, GRACE))
        }
        return {
            f"propcast_minutes_to_first_start{{{sport}}}": minutes_to_next(list(self.games(k).values()), now),
            f"propcast_slate_coverage_ratio{{{sport}}}": self._covered(now, k),
            **{f'propcast_expected_outputs{{{sport}, step="{step}", state="{state}"}}': float(of)
               for (step, state), of in late.items()},
            **self._always(n, sum(each.due_at <= now for each in owed)),
        }  # fmt: skip

    def _cells(self, now: datetime, k: int) -> list[ExpectedOutput]:
        cells = []
        for d in range(k + 1):
            day = GameDay(self.first).plus(d)
            graded = datetime.combine(day.plus(1).date, GRADED_AT, EASTERN)
            first = min(self.games(d).values(), default=now)
            for event in self.games(d):
                forecast = StepState.DONE if now >= first - FORECAST_BEFORE else StepState.NOT_READY
                grade = StepState.DONE if now >= graded else StepState.NOT_READY
                cell = ExpectedOutput(self.sport, day, FORECASTS, event, state=forecast)
                cells += [cell, replace(cell, step=GRADES, state=grade)]
        return cells

    def _covered(self, now: datetime, k: int) -> float:
        first = min(self.games(k).values(), default=None)
        return 1.0 if first is None or now >= first - FORECAST_BEFORE else 0.0

    def _always(self, n: int, kept: int) -> dict[str, float]:
        """What is the same on every day: processes that live, messages that go through, work that is done."""
        checks = {
            f'propcast_check_status{{service="{service}", check="{check}", critical="{critical}"}}': 2.0
            for service in SERVICES
            for check, critical in CHECKS
        }
        seconds = n * EVERY.total_seconds()
        return {
            **checks,
            **{f'propcast_build_info{{service="{service}", revision="1", release="a", config_hash="b"}}': 1.0
               for service in SERVICES},
            **{f'propcast_heartbeat_seconds{{watcher="{name}"}}': seconds for name in ("outbox", "sweep")},
            'propcast_outbox_oldest_seconds{service="prediction-worker"}': float(n % 7),
            'propcast_deliveries_total{topic="raw-ready", outcome="done"}': float(n),
            'propcast_deliveries_total{topic="raw-ready", outcome="transient"}': float(n // 20),
            'propcast_deadletter_messages{topic="raw-ready"}': 3.0,
            'propcast_promises_total{sport="nba", promise="predictions", kept="true"}': float(kept),
            'propcast_promises_total{sport="nba", promise="predictions", kept="false"}': 0.0,
            'propcast_backup_path_total{watcher="sweep"}': float(n // 360),
            'propcast_warehouse_jobs_total{purpose="forecast"}': 12.0 * (n // 45),
            'propcast_step_runs_total{purpose="forecast", outcome="done"}': float(n // 45),
            'propcast_drift{service="prediction-worker", kind="different"}': 0.0,
            'propcast_http_requests_total{service="admin-dashboard", revision="1", route="/", code="200"}': float(n),
            'propcast_feature_variance{feature="usage"}': 1.0,
            'propcast_calibration_error{system="ensemble", market="points"}': 0.0,
        }  # fmt: skip


def samples(series: Mapping[str, Sequence[float | None]]) -> int:
    """How many instants there are."""
    return max(map(len, series.values()))
