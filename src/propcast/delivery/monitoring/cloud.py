"""The same for Cloud Monitoring and Cloud Logging, as the official client's own types, written as JSON."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from google.cloud.logging_v2.types import LogMetric
from google.cloud.monitoring_v3.types import AlertPolicy, UptimeCheckConfig, UptimeCheckRegion

from propcast.delivery.manifest.reading import Laid
from propcast.delivery.monitoring.cloud_boards import dashboards
from propcast.delivery.monitoring.prometheus import INTERVAL
from propcast.delivery.monitoring.rule import Given, Rule, Severity
from propcast.delivery.monitoring.table import RULES

POLICY, UPTIME, DASHBOARD, LOG_METRIC = "policies", "uptime", "dashboards", "log-metrics"
MANAGED = {"managed_by": "propcast"}
MANAGED_NOTE = "managed by propcast: "
"""How a log-based metric, which has no labels, says whose it is."""

_SEVERITIES = {Severity.PAGE: AlertPolicy.Severity.CRITICAL, Severity.TICKET: AlertPolicy.Severity.WARNING}
_REGIONS = (UptimeCheckRegion.USA_IOWA, UptimeCheckRegion.EUROPE, UptimeCheckRegion.ASIA_PACIFIC)
_RARELY, _OFTEN = 900, 60
"""Seconds between two probes: of a service that scales to zero each one costs."""

_EVENTS = {
    "startup_failures": 'severity>=ERROR AND textPayload:"cannot start"',
    "memory_kills": 'severity>=ERROR AND textPayload:"Memory limit"',
    "auth_refusals": 'jsonPayload.event="request_refused"',
    "unhandled_errors": 'jsonPayload.event="request_failed"',
}


def objects(laid: Laid, given: Given) -> dict[str, str]:
    """Return every object as JSON, by `kind/name`."""
    told = [(rule, rule.expression(given)) for rule in RULES if rule.severity is not Severity.HEARTBEAT]
    policies = {rule.name: _policy(rule, expression, given) for rule, expression in told if expression}
    checks = {f"health-{name}": _uptime(laid, name) for name in laid.services}
    return {
        **_named(POLICY, {**policies, **{f"Unreachable-{name}": _unreachable(name) for name in checks}}, AlertPolicy),
        **_named(UPTIME, checks, UptimeCheckConfig),
        **_named(LOG_METRIC, {f"propcast_{name}": _log_metric(name) for name in _EVENTS}, LogMetric),
        **{f"{DASHBOARD}/{name}": text for name, text in dashboards().items()},
    }


def text_of(kind: Any, message: Any) -> str:
    """Return a message of the client's as JSON, the same every time, without what is not set."""
    plain = kind.to_dict(message, use_integers_for_enums=False, always_print_fields_with_no_presence=False)
    return json.dumps(plain, indent=1, sort_keys=True) + "\n"


def _named(folder: str, made: Mapping[str, Any], kind: Any) -> dict[str, str]:
    return {f"{folder}/{name}": text_of(kind, message) for name, message in made.items()}


def _policy(rule: Rule, expression: str, given: Given) -> AlertPolicy:
    condition = AlertPolicy.Condition(
        display_name=rule.name,
        condition_prometheus_query_language=AlertPolicy.Condition.PrometheusQueryLanguageCondition(
            query=expression,
            duration=_seconds(given.scale.seconds(rule.holds)),
            evaluation_interval=_seconds(max(30.0, given.scale.seconds(INTERVAL))),  # the service takes no less
            alert_rule=rule.alert,
            rule_group="propcast",
            disable_metric_validation=True,  # a metric may be absent for weeks: nobody plays
        ),
    )
    return _with_head(rule.name, rule.severity, rule.summary, rule.runbook, [condition], rule.owner)


def _unreachable(check: str) -> AlertPolicy:
    condition = AlertPolicy.Condition(
        display_name=f"Unreachable-{check}",
        condition_threshold=AlertPolicy.Condition.MetricThreshold(
            filter=(
                'resource.type="uptime_url" AND metric.type="monitoring.googleapis.com/uptime_check/check_passed"'
                f' AND metadata.user_labels.check="{check}"'
            ),
            comparison="COMPARISON_GT",
            threshold_value=1,
            duration=_seconds(0),
            aggregations=[
                {
                    "alignment_period": _seconds(1200),
                    "per_series_aligner": "ALIGN_NEXT_OLDER",
                    "cross_series_reducer": "REDUCE_COUNT_FALSE",
                }
            ],
        ),
    )
    runbook = "docs/runbooks/service-silent.md"
    return _with_head(f"Unreachable-{check}", Severity.PAGE, f"{check} fails from two regions", runbook, [condition],
                      "operations")  # fmt: skip


def _with_head(
    name: str, severity: Severity, summary: str, runbook: str, conditions: Iterable[AlertPolicy.Condition], owner: str
) -> AlertPolicy:
    return AlertPolicy(
        display_name=name,
        documentation={"content": f"{summary}\n\nRunbook: {runbook}", "mime_type": "text/markdown"},
        user_labels={**MANAGED, "owner": owner, "severity": severity.value},
        conditions=list(conditions),
        combiner=AlertPolicy.ConditionCombinerType.OR,
        enabled=True,
        severity=_SEVERITIES[severity],
    )


def _uptime(laid: Laid, service: str) -> UptimeCheckConfig:
    seldom = laid.services[service].resources.min_instances == 0
    return UptimeCheckConfig(
        display_name=f"health-{service}",
        monitored_resource={
            "type": "uptime_url",
            "labels": {"project_id": laid.environment.project_id, "host": laid.url(service).removeprefix("https://")},
        },
        http_check={
            "path": "/health",
            "port": 443,
            "use_ssl": True,
            "validate_ssl": True,
            "request_method": UptimeCheckConfig.HttpCheck.RequestMethod.GET,
            "service_agent_authentication": {"type_": "OIDC_TOKEN"},
        },
        period=_seconds(_RARELY if seldom else _OFTEN),
        timeout=_seconds(10),
        selected_regions=list(_REGIONS),
        content_matchers=[
            {
                "content": f'"{service}"',
                "matcher": "MATCHES_JSON_PATH",
                "json_path_matcher": {"json_path": "$.serviceId", "json_matcher": "EXACT_MATCH"},
            }
        ],
        user_labels={**MANAGED, "check": f"health-{service}"},
    )


def _log_metric(name: str) -> LogMetric:
    services = 'resource.type="cloud_run_revision"'
    return LogMetric(
        name=f"propcast_{name}",
        description=f"{MANAGED_NOTE}{name.replace('_', ' ')} by service and revision",
        filter=f"{services} AND {_EVENTS[name]}",
        metric_descriptor={
            "metric_kind": "DELTA",
            "value_type": "INT64",
            "labels": [{"key": "service"}, {"key": "revision"}],
        },
        label_extractors={
            "service": "EXTRACT(resource.labels.service_name)",
            "revision": "EXTRACT(resource.labels.revision_name)",
        },
    )


def _seconds(n: float) -> dict[str, int]:
    return {"seconds": round(n)}
