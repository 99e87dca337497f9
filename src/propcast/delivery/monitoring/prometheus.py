"""Rules, scraping and notification for who hosts Prometheus and Alertmanager themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from propcast.core.errors import InputError, did_you_mean
from propcast.delivery.manifest.reading import Laid
from propcast.delivery.monitoring.rule import Given, Rule, Severity
from propcast.delivery.monitoring.table import GROUPS
from propcast.delivery.monitoring.yaml import Plain, dump

RULES_FOLDER = "rules"
KEY_FILE = "metrics-key"
"""Beside the configuration: an API key of a viewer, from `propcast keys create --role viewer`."""
INTERVAL = "15s"


@dataclass(frozen=True)
class Places:
    """Where alerts go: the Alertmanager, and the webhooks that it tells.

    Attributes:
        dead_man: expects to hear all the time.
        services: addresses of services that are not where the manifest says.
    """

    alertmanager: str = "127.0.0.1:9093"
    page: str = "http://127.0.0.1:9099/page"
    ticket: str = "http://127.0.0.1:9099/ticket"
    dead_man: str = "http://127.0.0.1:9097/ping"
    services: Mapping[str, str] = field(default_factory=dict)
    given: Given = field(default_factory=Given)


def places_of(told: Sequence[str]) -> Places:
    """Return the places with some webhooks given as `page=URL`; `InputError` for a name that is none."""
    hooks = dict(each.partition("=")[::2] for each in told)
    known = ("page", "ticket", "dead_man")
    for name in hooks:
        if name not in known:
            raise InputError(f"nobody is notified as {name!r}{did_you_mean(name, list(known))}")
    told_by_name = {name: hooks.get(name, getattr(Places(), name)) for name in known}
    return Places(**told_by_name)


def files(laid: Laid, places: Places) -> dict[str, str]:
    """Return every file by its path: rules, `prometheus.yml`, `alertmanager.yml`."""
    rules = {f"{RULES_FOLDER}/{group}.yml": rule_file(group, rules, places.given) for group, rules in GROUPS.items()}
    return {**rules, "prometheus.yml": dump(_scraping(laid, places)), "alertmanager.yml": dump(_notifying(places))}


def rule_file(group: str, rules: Sequence[Rule], given: Given, interval: str = INTERVAL) -> str:
    """Return one group of rules as Prometheus reads it; rules of what cannot happen here are left out."""
    told = [(rule, rule.expression(given)) for rule in rules]
    listed = [_rule(rule, expression, given) for rule, expression in told if expression]
    return dump({"groups": [{"name": f"propcast-{group}", "interval": given.span(interval), "rules": listed}]})


def _rule(rule: Rule, expression: str, given: Given) -> Mapping[str, Plain]:
    return {
        "alert": rule.alert,
        "expr": expression,
        "for": given.span(rule.holds),
        "labels": {"severity": rule.severity.value, "owner": rule.owner, "rule": rule.name},
        "annotations": {"summary": rule.summary, "runbook": rule.runbook},
    }


def _scraping(laid: Laid, places: Places) -> Mapping[str, Plain]:
    urls = {name: urlsplit(places.services.get(name, laid.url(name))) for name in laid.services}
    jobs: list[Plain] = [
        {
            "job_name": name,
            "scheme": url.scheme,
            "metrics_path": "/metrics",
            "authorization": {"type": "Bearer", "credentials_file": KEY_FILE},
            "static_configs": [{"targets": [url.netloc]}],
        }
        for name, url in urls.items()
    ]
    every = places.given.span(INTERVAL)
    return {
        "global": {"scrape_interval": every, "scrape_timeout": every, "evaluation_interval": every},
        "rule_files": [f"{RULES_FOLDER}/*.yml"],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [places.alertmanager]}]}]},
        "scrape_configs": jobs,
    }


def _notifying(places: Places) -> Mapping[str, Plain]:
    span = places.given.span
    routes = [
        {"receiver": "dead-man", "matchers": [f'severity="{Severity.HEARTBEAT}"'], "repeat_interval": span("5m")},
        {"receiver": "page", "matchers": [f'severity="{Severity.PAGE}"'], "repeat_interval": span("1h")},
    ]
    hooks = {"page": places.page, "ticket": places.ticket, "dead-man": places.dead_man}
    return {
        "route": {
            "receiver": "ticket",
            "group_by": ["alertname", "severity"],
            "group_wait": span("30s"),
            "group_interval": span("5m"),
            "repeat_interval": span("1d"),
            "routes": routes,
        },
        "inhibit_rules": [
            {
                "source_matchers": [f'severity="{Severity.PAGE}"'],
                "target_matchers": [f'severity="{Severity.TICKET}"'],
                "equal": ["alertname", "service", "sport"],
            }
        ],
        "receivers": [
            {"name": name, "webhook_configs": [{"url": url, "send_resolved": name != "dead-man"}]}
            for name, url in hooks.items()
        ],
    }
