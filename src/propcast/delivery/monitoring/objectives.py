"""What is promised over 30 days, and the alerts that tell when a promise burns too fast."""

from dataclasses import dataclass

from propcast.delivery.monitoring.rule import Given, Rule, Severity, rule
from propcast.delivery.monitoring.series import series
from propcast.pipeline.promises import FORECASTS, GRADES
from propcast.service.catalogue import ADMIN_DASHBOARD
from propcast.service.telemetry.declared import HTTP_REQUESTS, PROMISES, Metric

FEW = 100
"""With fewer events in the long window they are counted as if there were so many: one game is no percentage."""
_SLACK = 0.99  # an increase is estimated between samples


@dataclass(frozen=True)
class Objective:
    """One promise.

    Attributes:
        budget: the share of events that may break it.
        bad, all: selectors of counters.
    """

    alert: str
    budget: float
    bad: str
    all: str
    metric: Metric
    owner: str
    promise: str


@dataclass(frozen=True)
class Burn:
    """How many times too fast, seen over a long window and still over a short one."""

    times: float
    long: str
    short: str
    severity: Severity


OBJECTIVES = (
    Objective(
        "ForecastBurn", 0.01, series(PROMISES, promise=FORECASTS, kept="false"), series(PROMISES, promise=FORECASTS),
        PROMISES, "forecasting", "99 % of games have forecasts 60 minutes before their start",
    ),
    Objective(
        "GradeBurn", 0.01, series(PROMISES, promise=GRADES, kept="false"), series(PROMISES, promise=GRADES),
        PROMISES, "data", "99 % of games are graded at 10:00 Eastern of the next day",
    ),
    Objective(
        "AnswerBurn", 0.005,
        series(HTTP_REQUESTS, service=ADMIN_DASHBOARD.name, route="!~/health.*|/ready|/metrics", code="=~5.."),
        series(HTTP_REQUESTS, service=ADMIN_DASHBOARD.name, route="!~/health.*|/ready|/metrics"),
        HTTP_REQUESTS, "operations", "99.5 % of requests to console and API are answered without an error of ours",
    ),
)  # fmt: skip

BURNS = (
    Burn(14.4, "1h", "5m", Severity.PAGE),
    Burn(6, "6h", "30m", Severity.PAGE),
    Burn(1, "3d", "6h", Severity.TICKET),
)


def _burns(objective: Objective, burn: Burn, given: Given) -> str:
    limit = f"{burn.times * objective.budget * _SLACK:.6g}"
    long, short = given.span(burn.long), given.span(burn.short)
    counted = f"clamp_min(sum(increase({objective.all}[{long}])), {FEW})"
    over_long = f"sum(increase({objective.bad}[{long}])) / {counted} > {limit}"
    over_short = f"sum(increase({objective.bad}[{short}])) / sum(increase({objective.all}[{short}])) > {limit}"
    return f"{over_long} and {over_short}"


def _rule(objective: Objective, burn: Burn) -> Rule:
    return rule(
        objective.alert, burn.severity, lambda given: _burns(objective, burn, given), objective.metric,
        holds="2m", owner=objective.owner, variant=f"{burn.times:g}x",
        summary=f"not kept, {burn.times:g} times too often over {burn.long}: {objective.promise}",
    )  # fmt: skip


RULES: tuple[Rule, ...] = tuple(_rule(objective, burn) for objective in OBJECTIVES for burn in BURNS)
