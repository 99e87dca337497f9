"""Rules about what is published: slates, grades, features, calibration, and what it takes."""

from propcast.delivery.monitoring.rule import Given, Rule, Severity, rule
from propcast.delivery.monitoring.series import series
from propcast.pipeline.promises import DUE, GRADES, OVERDUE
from propcast.service.telemetry.declared import (
    CALIBRATION_ERROR,
    EXPECTED_OUTPUTS,
    FEATURE_NULLS,
    FEATURE_VARIANCE,
    MINUTES_TO_START,
    SLATE_COVERAGE,
    STEP_RUNS,
    WAREHOUSE_JOBS,
)

ENOUGH, CLOSE_MIN, NEAR_MIN = 0.95, 90, 180
NULLS_MORE = 0.1
JOBS_A_RUN = 25
"""Warehouse operations of one run of a step, which works on a whole slate."""


def _at_risk(_: Given) -> str:
    coverage, minutes = f"min by (sport) ({series(SLATE_COVERAGE)})", f"min by (sport) ({series(MINUTES_TO_START)})"
    few = f"({coverage} < {ENOUGH} and on (sport) ({minutes} < {CLOSE_MIN}))"
    none = f"({coverage} == 0 and on (sport) ({minutes} < {NEAR_MIN}))"
    return f"{few} or {none}"


def _ungraded(_: Given) -> str:
    return f"max by (sport) ({series(EXPECTED_OUTPUTS, step=GRADES, state=DUE)}) > 0"


def _overdue(_: Given) -> str:
    return f"max by (sport, step) ({series(EXPECTED_OUTPUTS, state=OVERDUE)}) > 0"


def _collapsed(given: Given) -> str:
    nulls = series(FEATURE_NULLS)
    usual = f"avg by (feature) (avg_over_time({nulls}[{given.span('30d')}]))"
    constant = f"max by (feature) ({series(FEATURE_VARIANCE)}) == 0"
    return f"{constant} or max by (feature) ({nulls}) - {usual} > {NULLS_MORE}"


def _busy(given: Given) -> str:
    day = given.span("1d")
    jobs = f"sum by (purpose) (increase({series(WAREHOUSE_JOBS)}[{day}]))"
    runs = f"sum by (purpose) (increase({series(STEP_RUNS, outcome='!~failed|not_ready')}[{day}]))"
    return f"{jobs} / {runs} > {JOBS_A_RUN}"


RULES: tuple[Rule, ...] = (
    rule("SlateAtRisk", Severity.PAGE, _at_risk, SLATE_COVERAGE, MINUTES_TO_START,
         holds="2m", owner="forecasting", summary="{{ $labels.sport }}: games are near and lack forecasts"),
    rule("NotGraded", Severity.TICKET, _ungraded, EXPECTED_OUTPUTS,
         holds="2m", owner="data", summary="{{ $labels.sport }}: {{ $value }} games should be graded and are not"),
    rule("OutputOverdue", Severity.TICKET, _overdue, EXPECTED_OUTPUTS,
         holds="2m", owner="data", summary="{{ $labels.sport }}: {{ $labels.step }} of {{ $value }} games are overdue"),
    rule("FeatureCollapsed", Severity.TICKET, _collapsed, FEATURE_VARIANCE, FEATURE_NULLS,
         holds="5m", owner="data", summary="{{ $labels.feature }} has one value, or far more nulls than usual"),
    rule("CalibrationDrift", Severity.TICKET, lambda _: f"max by (system, market) ({series(CALIBRATION_ERROR)}) > 0",
         CALIBRATION_ERROR, holds="5m", owner="forecasting",
         summary="{{ $labels.system }}, {{ $labels.market }}: the last 300 graded props miss the target"),
    rule("CostAnomaly", Severity.TICKET, _busy, WAREHOUSE_JOBS, STEP_RUNS, holds="5m", owner="operations",
         summary="{{ $labels.purpose }} takes {{ $value }} warehouse jobs for a slate"),
)  # fmt: skip
