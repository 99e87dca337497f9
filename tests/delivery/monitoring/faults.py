"""The fault of every alert."""

from collections.abc import Mapping, Sequence
from math import inf

from tests.delivery.monitoring.planting import DAY, HOUR, Fault, Line, beats, builds, burns, check, counter, to_start

LETTERS = 'propcast_deadletter_messages{topic="raw-ready"}'
DONE = 'propcast_deliveries_total{topic="raw-ready", outcome="done"}'
AGAIN = 'propcast_deliveries_total{topic="raw-ready", outcome="transient"}'
PATH = 'propcast_backup_path_total{watcher="sweep"}'
JOBS = 'propcast_warehouse_jobs_total{purpose="forecast"}'
RUNS = 'propcast_step_runs_total{purpose="forecast", outcome="done"}'
OK = 'propcast_http_requests_total{service="admin-dashboard", revision="1", route="/slate", code="200"}'
BAD = 'propcast_http_requests_total{service="admin-dashboard", revision="1", route="/slate", code="500"}'
COVERAGE = 'propcast_slate_coverage_ratio{sport="nba"}'
SECOND_BUILD = 'propcast_build_info{service="prediction-worker", revision="2", release="z", config_hash="b"}'

FAULTS: Mapping[str, Sequence[Fault]] = {
    "NotReady": [
        Fault(("NotReady-page",), (check("models:unloaded", 0), to_start(100))),
        Fault(("NotReady-ticket",), (check("models:unloaded", 0), to_start(inf))),
    ],
    "ServiceSilent": [Fault(("ServiceSilent-page",), builds("prediction-worker"), within=6)],
    "FeedStale": [
        Fault(("FeedStale-page",), (check("sources:age", 1, critical="false"), to_start(100)), within=6),
        Fault(("FeedStale-ticket",), (check("sources:age", 0, critical="false"), to_start(300)), within=6),
    ],
    "LinesStale": [
        Fault(("LinesStale-page",), (check("lines:age", 1, critical="false"), to_start(100)), within=6),
        Fault(("LinesStale-ticket",), (check("lines:age", 0, critical="false"), to_start(300)), within=6),
    ],
    "ModelMismatch": [Fault(("ModelMismatch-page",), (check("models:golden_difference", 0),))],
    "RollbackUnproven": [
        Fault(
            ("RollbackUnproven-page",),
            (Line('propcast_rollbacks_unproven{service="prediction-worker"}', 0, 1),),
            within=3,
        )
    ],
    "WrongThingRunning": [
        Fault(
            ("WrongThingRunning-ticket",),
            (Line('propcast_drift{service="admin-dashboard", kind="different"}', 0, 1),),
            within=61,
            lasts=70,
        ),
        Fault(("WrongThingRunning-ticket",), (*builds(), Line(SECOND_BUILD, None, 1)), within=61, lasts=70),
    ],
    "BatchStuck": [Fault(("BatchStuck-page",), (check("batches:oldest_open", 1, "prediction-coordinator"),))],
    "OutboxStuck": [
        Fault(("OutboxStuck-page",), (Line('propcast_outbox_oldest_seconds{service="admin-dashboard"}', 0, 301),))
    ],
    "RetryStorm": [
        Fault(("RetryStorm-page",), (counter(DONE, 10, 10), counter(AGAIN, 0, 5)), within=16, clears=65),
        Fault(("RetryStorm-page",), (counter(DONE, 100, 100), counter(AGAIN, 0, 1)), within=65, lasts=90, clears=HOUR),
    ],
    "DeadLetters": [Fault(("DeadLetters-ticket",), (Line(LETTERS, 2, 5),), lasts=10)],
    "BackupPathUsed": [Fault(("BackupPathUsed-ticket",), (counter(PATH, 0, 1),), within=10, lasts=10, clears=DAY + 10)],
    "WatcherSilent": [
        Fault(("WatcherSilent-page",), beats("sweep")),
        Fault(("WatcherSilent-page",), beats("outbox", gone=True)),
    ],
    "DeadMan": [],
    "SlateAtRisk": [
        Fault(("SlateAtRisk-page",), (Line(COVERAGE, 1, 0.9), to_start(80))),
        Fault(("SlateAtRisk-page",), (Line(COVERAGE, 1, 0), to_start(170))),
    ],
    "NotGraded": [
        Fault(
            ("NotGraded-ticket",), (Line('propcast_expected_outputs{sport="nba", step="grades", state="due"}', 0, 3),)
        )
    ],
    "OutputOverdue": [
        Fault(
            ("OutputOverdue-ticket",),
            (Line('propcast_expected_outputs{sport="mlb", step="predictions", state="overdue"}', 0, 1),),
        )
    ],
    "FeatureCollapsed": [
        Fault(("FeatureCollapsed-ticket",), (Line('propcast_feature_variance{feature="usage"}', 1.5, 0),), within=6),
        Fault(
            ("FeatureCollapsed-ticket",),
            (Line('propcast_feature_null_ratio{feature="usage"}', 0.05, 0.3),),
            within=6,
            before=10 * HOUR,
        ),
    ],
    "CalibrationDrift": [
        Fault(
            ("CalibrationDrift-ticket",),
            (Line('propcast_calibration_error{system="ensemble", market="points"}', 0, 0.02),),
            within=6,
        )
    ],
    "CostAnomaly": [
        Fault(
            ("CostAnomaly-ticket",),
            (counter(JOBS, 1, 8), counter(RUNS, 0.1, 0.1)),
            before=2 * DAY,
            within=10 * HOUR,
            lasts=11 * HOUR,
            clears=DAY,
        ),
    ],
    "ForecastBurn": burns("ForecastBurn", "predictions"),
    "GradeBurn": burns("GradeBurn", "grades"),
    "AnswerBurn": [
        Fault(
            ("AnswerBurn-page-14.4x", "AnswerBurn-page-6x", "AnswerBurn-ticket-1x"),
            (counter(OK, 20, 15), counter(BAD, 0, 5)),
            within=HOUR,
            lasts=65,
            before=4 * HOUR,
            clears=7 * HOUR,
        ),
        Fault(
            ("AnswerBurn-ticket-1x",), (counter(OK, 0.01, 0.01), counter(BAD, 0, 1)), within=5, lasts=2, clears=7 * HOUR
        ),
    ],
}
