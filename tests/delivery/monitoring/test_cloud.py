"""What is declared reaches Google Cloud through its clients, and is compared with what is there in both directions."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import grpc
import pytest
from google.cloud.logging_v2.types import LogMetric
from google.cloud.monitoring_dashboard_v1.types import Dashboard
from google.cloud.monitoring_v3.types import AlertPolicy, UptimeCheckConfig

from propcast.delivery.manifest.reading import lay, read
from propcast.delivery.monitoring.cloud_target import CloudMonitoring
from propcast.delivery.monitoring.rendering import render
from propcast.delivery.monitoring.target import Difference, MonitoringRefused, MonitoringTarget, apply, difference
from tests.delivery.monitoring.google import PROJECT, Google, google

MANIFEST = Path(__file__).parents[3] / "deploy" / "propcast.toml"
WANTED = render(lay(read(MANIFEST), "production"), date(2026, 11, 26), MANIFEST).objects
POLICY = "policies/DeadLetters-ticket"


@pytest.fixture
def project() -> Iterator[Google]:
    with google() as held:
        yield held


def target(project: Google) -> CloudMonitoring:
    made = CloudMonitoring(project.shelves())
    assert isinstance(made, MonitoringTarget)
    return made


def test_everything_is_made_once_and_then_nothing_differs(project: Google) -> None:
    assert apply(target(project), WANTED) == Difference(missing=tuple(sorted(WANTED)))
    assert not difference(target(project), WANTED)
    project.calls.clear()
    assert not apply(target(project), WANTED)
    assert project.calls == []


def test_what_somebody_changed_is_put_right_and_the_channels_stay(project: Google) -> None:
    apply(target(project), WANTED)
    (policy,) = [each for each in project.held["alertPolicies"].values() if each.display_name == "DeadLetters-ticket"]
    policy.enabled, policy.notification_channels = False, [f"{PROJECT}/notificationChannels/7"]
    (slate,) = [each for each in project.held["dashboards"].values() if each.display_name == "PropCast: Slate"]
    slate.display_name = "Mine"
    (check,) = [each for each in project.held["uptimeCheckConfigs"].values()
                if each.display_name == "health-prediction-worker"]  # fmt: skip
    check.http_check.path = "/"
    project.held["metrics"][f"{PROJECT}/metrics/propcast_auth_refusals"].filter = "false"
    differing = ("dashboards/slate", "log-metrics/propcast_auth_refusals", POLICY, "uptime/health-prediction-worker")
    assert apply(target(project), WANTED).changed == differing
    assert not difference(target(project), WANTED)
    kept = project.held["alertPolicies"][policy.name]
    assert (kept.enabled, list(kept.notification_channels)) == (True, [f"{PROJECT}/notificationChannels/7"])


def test_what_was_made_by_hand_is_unknown_and_stays(project: Google) -> None:
    apply(target(project), WANTED)
    project.by_hand("alertPolicies", AlertPolicy(display_name="Mine", conditions=[{"display_name": "x"}]))
    project.by_hand("dashboards", Dashboard(display_name="Also mine"))
    project.by_hand("metrics", LogMetric(name="mine", filter="true"))
    project.by_hand("uptimeCheckConfigs", UptimeCheckConfig(display_name="mine"))
    unknown = ("dashboards/Also mine", "log-metrics/mine", "policies/Mine", "uptime/mine")
    assert difference(target(project), WANTED) == Difference(unknown=unknown)
    apply(target(project), WANTED)
    assert difference(target(project), WANTED).unknown == unknown


def test_what_is_declared_no_more_is_removed(project: Google) -> None:
    apply(target(project), WANTED)
    fewer = {name: body for name, body in WANTED.items() if name not in (POLICY, "dashboards/slate")}
    assert apply(target(project), fewer).left == ("dashboards/slate", POLICY)
    assert not difference(target(project), fewer)


@pytest.mark.parametrize("call", ["ListAlertPolicies", "ListDashboards", "CreateUptimeCheckConfig", "CreateLogMetric"])
@pytest.mark.parametrize("status", [grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.RESOURCE_EXHAUSTED])
def test_a_call_that_fails_is_told_and_what_was_made_is_found_again(
    project: Google, call: str, status: grpc.StatusCode
) -> None:
    project.failing[call] = status
    with pytest.raises(MonitoringRefused, match="planted"):
        apply(target(project), WANTED)
    project.failing.clear()
    apply(target(project), WANTED)
    assert not difference(target(project), WANTED)


def test_two_who_change_a_dashboard_at_once_do_not_overwrite_each_other(project: Google) -> None:
    apply(target(project), WANTED)
    mine, other = target(project), target(project)
    changed = json.loads(WANTED["dashboards/slate"]) | {"display_name": "Other"}
    mine.placed()
    other.placed()
    other.put("dashboards/slate", json.dumps(changed))
    with pytest.raises(MonitoringRefused, match="Aborted"):
        mine.put("dashboards/slate", WANTED["dashboards/slate"])


def test_an_object_that_is_gone_is_deleted_once_more_without_harm(project: Google) -> None:
    apply(target(project), WANTED)
    mine = target(project)
    mine.placed()
    mine.delete(POLICY)
    mine.delete(POLICY)
    assert difference(target(project), WANTED).missing == (POLICY,)


def test_an_object_of_no_kind_is_refused(project: Google) -> None:
    with pytest.raises(MonitoringRefused, match="of no kind"):
        target(project).put("snoozes/x", "{}")
