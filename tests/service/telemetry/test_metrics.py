"""Metrics are declared once, their labels stay in closed sets, and the paths of the kit feed them."""

import pytest

from propcast.service.telemetry import declared
from propcast.service.telemetry.declared import Metric
from propcast.service.telemetry.metrics import MOST_VALUES, Metrics
from tests.service.client import served
from tests.service.toys import push_token, service_token, toy_app

CONTRACT = """
build_info{service,revision,release,config_hash} model_info{alias,model_id,feature_hash}
http_requests_total{service,revision,route,code} http_request_seconds inflight_requests
check_status{service,check,critical} check_value check_seconds
deliveries_total{topic,outcome} delivery_attempts backlog_messages backlog_oldest_seconds deadletter_messages
outbox_oldest_seconds batches{sport,state} batch_seconds shards_total{sport,outcome,reason} lease_lost_total
fenced_writes_total expected_outputs{sport,step,state} slate_coverage_ratio{sport}
predictions_total{sport,market,decision,reason} minutes_to_first_start{sport}
feed_age_seconds{feed} quarantined_rows{table,rule} feature_null_ratio{feature} feature_variance{feature}
line_age_seconds{sport} calibration_error{system,market} logloss_vs_market{system,market} bias{system,market}
warehouse_jobs_total{purpose} step_runs_total{purpose,outcome} heartbeat_seconds{watcher}
promises_total{sport,promise,kept} backup_path_total{watcher} drift{service,kind}
rollbacks_unproven{service}
"""


def test_every_metric_of_the_contract_is_declared_with_its_labels_and_no_other() -> None:
    found = {metric.name.removeprefix("propcast_"): ",".join(metric.labels) for metric in declared.ALL}
    for told in CONTRACT.split():
        name, _, labels = told.rstrip("}").partition("{")
        assert found.pop(name) == labels if labels else found.pop(name)
    assert found == {}


def test_no_label_holds_an_id() -> None:
    labels = {label for metric in declared.ALL for label in metric.labels}
    assert not labels & {"player", "participant", "event", "batch_id", "shard_id", "message_id", "path", "address"}


@pytest.mark.proves("M7")
def test_a_label_takes_a_bounded_number_of_values() -> None:
    metrics = Metrics()
    for n in range(1_000):
        metrics.count(declared.DELIVERIES, topic=f"t{n}", outcome="done")
    lines = [line for line in metrics.text().decode().splitlines() if line.startswith("propcast_deliveries_total{")]
    assert len(lines) == MOST_VALUES + 1
    assert f'propcast_deliveries_total{{outcome="done",topic="other"}} {1_000 - MOST_VALUES}.0' in lines


def test_a_metric_that_was_forgotten_begins_anew() -> None:
    metrics, about = Metrics(), {"service": "s", "check": "c"}
    for value in (1.0, 2.0):
        metrics.set(declared.CHECK_VALUE, value, **about)
        assert f'propcast_check_value{{check="c",service="s"}} {value}' in metrics.text().decode()
        metrics.forget(declared.CHECK_VALUE)
        assert "propcast_check_value{" not in metrics.text().decode()


def test_labels_are_told_apart_by_name_in_whatever_order_they_come() -> None:
    metrics = Metrics()
    metrics.count(declared.DELIVERIES, topic="a", outcome="b")
    metrics.count(declared.DELIVERIES, outcome="b", topic="a")
    metrics.count(declared.DELIVERIES, topic="b", outcome="a")
    text = metrics.text().decode()
    assert 'propcast_deliveries_total{outcome="b",topic="a"} 2.0' in text
    assert 'propcast_deliveries_total{outcome="a",topic="b"} 1.0' in text


@pytest.mark.parametrize("labels", [{}, {"topic": "t"}, {"topic": "t", "outcome": "o", "player": "p"}])
def test_labels_are_exactly_those_declared(labels: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="has the labels"):
        Metrics().count(declared.DELIVERIES, 1, **labels)


def test_a_metric_is_used_as_what_it_is() -> None:
    with pytest.raises(TypeError, match="is a counter, not a gauge"):
        Metrics().set(declared.LEASES_LOST, 1, service="x")


@pytest.mark.parametrize("metric", declared.ALL, ids=lambda metric: metric.name)
def test_every_declared_metric_can_be_told(metric: Metric) -> None:
    metrics, labels = Metrics(), dict.fromkeys(metric.labels, "x")
    match metric.kind:
        case "counter":
            metrics.count(metric, 1, **labels)
        case "gauge":
            metrics.set(metric, 1, **labels)
        case "histogram":
            metrics.observe(metric, 1, **labels)
    assert metric.name in metrics.text().decode()


def test_requests_are_counted_by_route_template_and_never_by_address() -> None:
    with served(toy_app()) as client:
        for path in ("/open", "/nope/1", "/nope/2", "/break", "/ready"):
            client.get(path)
        client.post("/push", headers=push_token())
        text = client.get("/metrics", headers=service_token()).text
    lines = text.splitlines()
    assert 'propcast_build_info{config_hash="' in text
    who = 'revision="local",route="{}",service="prediction-worker"'
    for code, route, count in (("200", "/open", 1), ("404", "none", 2), ("500", "/break", 1), ("200", "/push", 1)):
        assert f'propcast_http_requests_total{{code="{code}",{who.format(route)}}} {count}.0' in lines
    assert "/nope" not in text
    assert 'propcast_check_status{check="process:memory",critical="true",service="prediction-worker"}' in text
