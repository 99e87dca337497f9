"""What the dashboards show: one of each service, one of the fleet, one of the slate."""

from dataclasses import dataclass

from propcast.delivery.monitoring.series import series
from propcast.service import catalogue
from propcast.service.catalogue import Entry
from propcast.service.telemetry import declared


@dataclass(frozen=True)
class Panel:
    """One chart: an expression, and what its lines are called by."""

    title: str
    expression: str
    legend: str
    unit: str = "short"


@dataclass(frozen=True)
class Board:
    """One dashboard."""

    slug: str
    title: str
    panels: tuple[Panel, ...]


def boards() -> list[Board]:
    """Return all dashboards, the fleet first."""
    return [_fleet(), _slate(), *map(_of_service, catalogue.SERVICES)]


def _of_service(entry: Entry) -> Board:
    name = entry.name
    requests, seconds = (
        series(declared.HTTP_REQUESTS, service=name),
        series(declared.HTTP_SECONDS, "bucket", service=name),
    )
    errors = series(declared.HTTP_REQUESTS, service=name, code="=~5..")
    return Board(
        name,
        entry.title,
        (
            Panel(
                "Checks: 2 pass, 1 warn, 0 fail",
                f"min by (check) ({series(declared.CHECK_STATUS, service=name)})",
                "check",
            ),
            Panel("Requests a second", f"sum by (code) (rate({requests}[5m]))", "code", "reqps"),
            Panel("Errors", f"sum(rate({errors}[5m])) / sum(rate({requests}[5m]))", "", "percentunit"),
            Panel(
                "95th percentile", f"histogram_quantile(0.95, sum by (le, route) (rate({seconds}[5m])))", "route", "s"
            ),
            Panel("Requests under way", f"sum({series(declared.INFLIGHT, service=name)})", ""),
            Panel("Time of checks", f"max by (check) ({series(declared.CHECK_SECONDS, service=name)})", "check", "s"),
            Panel("Values of checks", f"max by (check) ({series(declared.CHECK_VALUE, service=name)})", "check"),
            Panel(
                "Waiting messages",
                f"max by (subscription) ({series(declared.BACKLOG, subscription=f'=~.+[.]{name}')})",
                "subscription",
            ),
            Panel("Oldest unsent", f"max({series(declared.OUTBOX_OLDEST, service=name)})", "", "s"),
            Panel("Build", f"count by (release, revision) ({series(declared.BUILD_INFO, service=name)})", "release"),
        ),
    )


def _fleet() -> Board:
    health = "!~/health.*|/ready|/metrics"
    return Board(
        "fleet",
        "Fleet",
        (
            Panel(
                "Worst critical check",
                f"min by (service) ({series(declared.CHECK_STATUS, critical='true')})",
                "service",
            ),
            Panel("Builds", f"count by (service, release) ({series(declared.BUILD_INFO)})", "service"),
            Panel(
                "Requests a second",
                f"sum by (service) (rate({series(declared.HTTP_REQUESTS, route=health)}[5m]))",
                "service",
                "reqps",
            ),
            Panel(
                "Server errors a second",
                f"sum by (service) (rate({series(declared.HTTP_REQUESTS, code='=~5..')}[5m]))",
                "service",
                "reqps",
            ),
            Panel("Deliveries", f"sum by (outcome) (rate({series(declared.DELIVERIES)}[5m]))", "outcome", "reqps"),
            Panel("Dead letters", f"max by (topic) ({series(declared.DEAD_LETTERS)})", "topic"),
            Panel(
                "Oldest waiting message",
                f"max by (subscription) ({series(declared.BACKLOG_OLDEST)})",
                "subscription",
                "s",
            ),
            Panel("Heartbeats", f"time() - max by (watcher) ({series(declared.HEARTBEAT)})", "watcher", "s"),
            Panel("Drift", f"max by (service, kind) ({series(declared.DRIFT)})", "service"),
            Panel(
                "Leases lost and writes refused",
                f"sum(increase({series(declared.LEASES_LOST)}[1h])) + "
                f"sum(increase({series(declared.FENCED_WRITES)}[1h]))",
                "",
            ),
            Panel(
                "Warehouse jobs of a run",
                f"sum by (purpose) (increase({series(declared.WAREHOUSE_JOBS)}[1d]))"
                f" / sum by (purpose) (increase({series(declared.STEP_RUNS)}[1d]))",
                "purpose",
            ),
            Panel("Rows held back", f"max by (table, rule) ({series(declared.QUARANTINED)})", "table"),
            Panel("Feeds", f"max by (feed) ({series(declared.FEED_AGE)})", "feed", "s"),
        ),
    )


def _slate() -> Board:
    ended = series(declared.BATCH_SECONDS, "bucket")
    return Board(
        "slate",
        "Slate",
        (
            Panel(
                "Games with forecasts", f"min by (sport) ({series(declared.SLATE_COVERAGE)})", "sport", "percentunit"
            ),
            Panel("Minutes to the next start", f"min by (sport) ({series(declared.MINUTES_TO_START)})", "sport", "m"),
            Panel("Overdue", f"max by (sport, step) ({series(declared.EXPECTED_OUTPUTS, state='overdue')})", "step"),
            Panel("Outputs of today", f"max by (step, state) ({series(declared.EXPECTED_OUTPUTS)})", "state"),
            Panel("Batches", f"max by (state) ({series(declared.BATCHES)})", "state"),
            Panel("From plan to publication", f"histogram_quantile(0.95, sum by (le) (rate({ended}[1h])))", "", "s"),
            Panel("Shards", f"sum by (outcome) (increase({series(declared.SHARDS)}[1h]))", "outcome"),
            Panel("Predictions", f"sum by (decision) (increase({series(declared.PREDICTIONS)}[1d]))", "decision"),
            Panel("Age of quotes", f"max by (sport) ({series(declared.LINE_AGE)})", "sport", "s"),
            Panel(
                "Promises broken",
                f"sum by (promise) (increase({series(declared.PROMISES, kept='false')}[30d]))",
                "promise",
            ),
            Panel("Calibration", f"max by (system, market) ({series(declared.CALIBRATION_ERROR)})", "market"),
            Panel(
                "Log loss minus the market's",
                f"max by (system, market) ({series(declared.LOGLOSS_VS_MARKET)})",
                "market",
            ),
            Panel("Bias", f"max by (system, market) ({series(declared.BIAS)})", "market"),
        ),
    )
