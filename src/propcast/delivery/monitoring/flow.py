"""Rules about messages and batches: what is stuck, what is tried again and again, what was given up."""

from propcast.delivery.monitoring.readiness import stale
from propcast.delivery.monitoring.rule import Given, Rule, Severity, rule
from propcast.delivery.monitoring.series import series
from propcast.pipeline.outcomes import Outcome
from propcast.service.telemetry.declared import (
    BACKUP_PATH,
    CHECK_STATUS,
    DEAD_LETTERS,
    DELIVERIES,
    HEARTBEAT,
    OUTBOX_OLDEST,
)
from propcast.service.watchers import OUTBOX, WATCHERS, Watcher

RETRIED = "=~" + "|".join(outcome.value for outcome in Outcome if outcome.code in (500, 503))
SHARE, A_FEW, MANY_AN_HOUR = 0.2, 20, 50
"""A storm: so much of what is delivered is tried again, of at least a few; or so many retries within an hour."""
LEAST_SILENCE = "60s"
"""Nothing is looked at more often than a few times a minute."""


def _storm(given: Given) -> str:
    retried, all_of_them = series(DELIVERIES, outcome=RETRIED), series(DELIVERIES)
    window = given.span("5m")
    share = f"sum by (topic) (rate({retried}[{window}])) / sum by (topic) (rate({all_of_them}[{window}])) > {SHARE}"
    enough = f"sum by (topic) (increase({all_of_them}[{given.span('10m')}])) >= {A_FEW}"
    return f"({share} and {enough}) or sum by (topic) (increase({retried}[{given.span('1h')}])) > {MANY_AN_HOUR}"


def _new_letters(given: Given) -> str:
    letters = series(DEAD_LETTERS)
    before = f"min by (topic) (min_over_time({letters}[{given.span('15m')}]))"
    return f"max by (topic) ({letters}) - {before} > 0"


def _unsent(given: Given) -> str:
    return f"max by (service) ({series(OUTBOX_OLDEST)}) > {given.scale.seconds('300s'):g}"


def _stood_in(given: Given) -> str:
    return f"sum by (watcher) (increase({series(BACKUP_PATH)}[{given.span('1d')}])) > 3"


def _quiet(given: Given) -> str:
    return " or ".join(_quiet_one(given, watcher) for watcher in WATCHERS)


def _quiet_one(given: Given, watcher: Watcher) -> str:
    beat = series(HEARTBEAT, watcher=watcher.name)
    patience = max(given.scale.seconds(f"{2 * watcher.every_s:g}s"), given.scale.seconds(LEAST_SILENCE))
    old = f"time() - max by (watcher) ({beat}) > {patience:g}"
    return f"{old} or absent({beat})" if _is_always_there(given, watcher) else old


def _is_always_there(given: Given, watcher: Watcher) -> bool:
    return bool(given.always_on) if watcher is OUTBOX else "prediction-coordinator" in given.always_on


RULES: tuple[Rule, ...] = (
    rule("BatchStuck", Severity.PAGE, lambda _: stale("batches:oldest_open"), CHECK_STATUS,
         holds="2m", owner="forecasting", summary="a batch is older than its deadline"),
    rule("OutboxStuck", Severity.PAGE, _unsent, OUTBOX_OLDEST,
         holds="2m", owner="operations", summary="a message of {{ $labels.service }} waits unsent"),
    rule("RetryStorm", Severity.PAGE, _storm, DELIVERIES,
         holds="10m", owner="operations", summary="messages of {{ $labels.topic }} are delivered again and again"),
    rule("DeadLetters", Severity.TICKET, _new_letters, DEAD_LETTERS,
         holds="1m", owner="operations", summary="{{ $value }} messages of {{ $labels.topic }} were given up"),
    rule("BackupPathUsed", Severity.TICKET, _stood_in, BACKUP_PATH,
         holds="5m", owner="operations", summary="the {{ $labels.watcher }} did what messages should have done"),
    rule("WatcherSilent", Severity.PAGE, _quiet, HEARTBEAT,
         holds="2m", owner="operations", summary="the {{ $labels.watcher }} shows no life"),
    rule("DeadMan", Severity.HEARTBEAT, lambda _: "vector(1)",
         holds="0s", owner="operations", summary="always fires: who waits for it and hears nothing raises the alarm"),
)  # fmt: skip
