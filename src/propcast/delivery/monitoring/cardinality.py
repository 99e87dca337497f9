"""How many series there can be at most: labels are closed sets, whose sizes are added up here."""

from collections.abc import Mapping

from propcast.backends.state.records import StepState
from propcast.core.markets import markets_of
from propcast.core.reasons import Decision, Reason
from propcast.core.sport import Sport
from propcast.pipeline.batch.states import BatchState, ShardState
from propcast.pipeline.messages import Topic
from propcast.pipeline.outcomes import Outcome
from propcast.service import catalogue, topics
from propcast.service.telemetry import declared
from propcast.service.telemetry.declared import ALL, Metric
from propcast.service.watchers import WATCHERS

AT_MOST = 5_000

ROUTES, CODES, REVISIONS = 80, 8, 2
"""Of all services together: paths with a rule, codes of answers, and revisions that serve at once."""
ERRORS = 32
"""Classes of errors that end a shard."""
FEATURES = 9
"""Those that must vary."""
_SPORTS = len(Sport)
_MARKETS = sum(len(markets_of(sport)) for sport in Sport)
_SERVICES = len(catalogue.SERVICES)
_CHECKS = sum(len(entry.checks) for entry in catalogue.SERVICES)
_TOPICS = len(Topic) + 1
_SUBSCRIPTIONS = len(topics.subscriptions(topics.Places()))
_SYSTEMS, _STEPS, _TABLES, _RULES = 8, 3, 10, 4
_FEEDS = 2 * _SPORTS
_PURPOSES = 16
_SECONDS, _ATTEMPTS = 16 + 3, 8 + 3
"""Series of one histogram: buckets, the last of them, sum and count."""

SERIES: Mapping[Metric, int] = {
    declared.BUILD_INFO: _SERVICES * REVISIONS,
    declared.MODEL_INFO: _MARKETS * _SYSTEMS,
    declared.HTTP_REQUESTS: ROUTES * CODES * REVISIONS,
    declared.HTTP_SECONDS: ROUTES * _SECONDS,
    declared.INFLIGHT: _SERVICES,
    declared.CHECK_STATUS: _CHECKS,
    declared.CHECK_VALUE: _CHECKS,
    declared.CHECK_SECONDS: _CHECKS,
    declared.DELIVERIES: _TOPICS * len(Outcome),
    declared.DELIVERY_ATTEMPTS: _TOPICS * _ATTEMPTS,
    declared.BACKLOG: _SUBSCRIPTIONS,
    declared.BACKLOG_OLDEST: _SUBSCRIPTIONS,
    declared.DEAD_LETTERS: _TOPICS,
    declared.OUTBOX_OLDEST: _SERVICES,
    declared.BATCHES: _SPORTS * len(BatchState),
    declared.BATCH_SECONDS: _SPORTS * _SECONDS,
    declared.SHARDS: _SPORTS * (len(ShardState) + ERRORS),
    declared.LEASES_LOST: _SERVICES,
    declared.FENCED_WRITES: _SERVICES,
    declared.EXPECTED_OUTPUTS: _SPORTS * _STEPS * (len(StepState) + 2),
    declared.SLATE_COVERAGE: _SPORTS,
    declared.PREDICTIONS: _MARKETS * (len(Reason) + len(Decision)),
    declared.MINUTES_TO_START: _SPORTS,
    declared.PROMISES: _SPORTS * 2 * 2,
    declared.FEED_AGE: _FEEDS,
    declared.QUARANTINED: _TABLES * _RULES,
    declared.FEATURE_NULLS: FEATURES,
    declared.FEATURE_VARIANCE: FEATURES,
    declared.LINE_AGE: _SPORTS,
    declared.CALIBRATION_ERROR: _SYSTEMS * _MARKETS,
    declared.LOGLOSS_VS_MARKET: _SYSTEMS * _MARKETS,
    declared.BIAS: _SYSTEMS * _MARKETS,
    declared.WAREHOUSE_JOBS: _PURPOSES,
    declared.STEP_RUNS: _PURPOSES * len(StepState),
    declared.DRIFT: (_SERVICES + 1) * 4,
    declared.ROLLBACKS: _SERVICES,
    declared.BACKUP_PATH: 2,
    declared.HEARTBEAT: len(WATCHERS) + 6,
}
"""How many series of a metric there can be; a metric that is missing here is bounded by nothing."""


def unbounded() -> list[str]:
    """Return the metrics whose labels nobody has counted."""
    return [metric.name for metric in ALL if metric not in SERIES]


def series_at_most() -> int:
    """Return how many series there can be of all metrics together."""
    return sum(SERIES.values())
