"""Every metric of PropCast, declared once: name, kind and closed labels. Rules and dashboards refer to these only."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Metric:
    """One metric; labels never hold ids of players, events, batches or messages."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...]
    help: str


def _counter(name: str, labels: str, text: str) -> Metric:
    return Metric(f"propcast_{name}", "counter", tuple(labels.split()), text)


def _gauge(name: str, labels: str, text: str) -> Metric:
    return Metric(f"propcast_{name}", "gauge", tuple(labels.split()), text)


def _histogram(name: str, labels: str, text: str) -> Metric:
    return Metric(f"propcast_{name}", "histogram", tuple(labels.split()), text)


BUILD_INFO = _gauge("build_info", "service revision release config_hash", "Always 1: which build this is")
MODEL_INFO = _gauge("model_info", "alias model_id feature_hash", "Always 1: which models are in service")

HTTP_REQUESTS = _counter("http_requests_total", "service revision route code", "Requests answered")
HTTP_SECONDS = _histogram("http_request_seconds", "service route", "Time from request to last byte")
INFLIGHT = _gauge("inflight_requests", "service", "Requests being answered now")

CHECK_STATUS = _gauge("check_status", "service check critical", "2 pass, 1 warn, 0 fail")
CHECK_VALUE = _gauge("check_value", "service check", "Observed number, in the unit of the check")
CHECK_SECONDS = _gauge("check_seconds", "service check", "How long the check took")

DELIVERIES = _counter("deliveries_total", "topic outcome", "Pushes that reached a handler")
DELIVERY_ATTEMPTS = _histogram("delivery_attempts", "topic", "Which attempt a push was")
BACKLOG = _gauge("backlog_messages", "subscription", "Messages waiting")
BACKLOG_OLDEST = _gauge("backlog_oldest_seconds", "subscription", "Age of the oldest waiting message")
DEAD_LETTERS = _gauge("deadletter_messages", "topic", "Messages given up")
OUTBOX_OLDEST = _gauge("outbox_oldest_seconds", "service", "Age of the oldest unsent message")

BATCHES = _gauge("batches", "sport state", "Batches by state")
BATCH_SECONDS = _histogram("batch_seconds", "sport", "Time from plan to publication")
SHARDS = _counter("shards_total", "sport outcome reason", "Shards that ended")
LEASES_LOST = _counter("lease_lost_total", "service", "Leases that could not be renewed")
FENCED_WRITES = _counter("fenced_writes_total", "service", "Writes refused for an older token")

EXPECTED_OUTPUTS = _gauge("expected_outputs", "sport step state", "Cells of the grid of expected outputs")
SLATE_COVERAGE = _gauge("slate_coverage_ratio", "sport", "Share of scheduled games with forecasts")
PREDICTIONS = _counter("predictions_total", "sport market decision reason", "Predictions published")
MINUTES_TO_START = _gauge("minutes_to_first_start", "sport", "Minutes until the first game starts")
PROMISES = _counter("promises_total", "sport promise kept", "Games whose forecasts or grades fell due")

FEED_AGE = _gauge("feed_age_seconds", "feed", "How long a feed has brought nothing that is expected by now")
QUARANTINED = _gauge("quarantined_rows", "table rule", "Rows that are held back")
FEATURE_NULLS = _gauge("feature_null_ratio", "feature", "Share of nulls on the latest slate")
FEATURE_VARIANCE = _gauge("feature_variance", "feature", "Variance on the latest slate")
LINE_AGE = _gauge("line_age_seconds", "sport", "Age of the newest quote")

CALIBRATION_ERROR = _gauge("calibration_error", "system market", "Distance of the interval of the last 300 from 80 %")
LOGLOSS_VS_MARKET = _gauge("logloss_vs_market", "system market", "Log loss minus the market's, of the last 300")
BIAS = _gauge("bias", "system market", "Mean signed error of the last 300")

WAREHOUSE_JOBS = _counter("warehouse_jobs_total", "purpose", "Warehouse operations of the runs of a step")
STEP_RUNS = _counter("step_runs_total", "purpose outcome", "Runs of a step that ended")

DRIFT = _gauge("drift", "service kind", "Differences between what is declared and what runs")
ROLLBACKS = _gauge("rollbacks_unproven", "service", "Rollouts on their way back that have not shown to be there")
BACKUP_PATH = _counter("backup_path_total", "watcher", "What a message should have done and something else did")
HEARTBEAT = _gauge("heartbeat_seconds", "watcher", "Instant of the last useful run, in Unix seconds")

ALL: tuple[Metric, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Metric))
