"""What is rendered is the same every time, and what reads it takes it."""

import json
import shutil
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from google.cloud.logging_v2.types import LogMetric
from google.cloud.monitoring_dashboard_v1.types import Dashboard
from google.cloud.monitoring_v3.types import AlertPolicy, UptimeCheckConfig

from propcast.delivery.manifest.reading import lay, read
from propcast.delivery.monitoring.prometheus import Places, rule_file
from propcast.delivery.monitoring.rendering import render, write
from propcast.delivery.monitoring.rule import Given
from propcast.delivery.monitoring.table import RULES
from propcast.delivery.monitoring.yaml import Plain, dump
from propcast.service.expectations import Expectation
from propcast.service.health.body import Status
from tests.cli.conftest import propcast
from tests.delivery.monitoring.conftest import program
from tests.delivery.monitoring.faults import FAULTS
from tests.delivery.monitoring.promtool import Promtool, drawn

MANIFEST = Path(__file__).parents[3] / "deploy" / "propcast.toml"
TODAY = date(2026, 11, 26)
KINDS: dict[str, Any] = {
    "policies": AlertPolicy,
    "uptime": UptimeCheckConfig,
    "log-metrics": LogMetric,
    "dashboards": Dashboard,
}


@pytest.mark.parametrize("environment", ["local", "staging", "production"])
def test_the_same_manifest_gives_the_same_files(environment: str) -> None:
    laid = lay(read(MANIFEST), environment)
    assert render(laid, TODAY, MANIFEST) == render(laid, TODAY, MANIFEST)


@pytest.mark.parametrize("environment", ["local", "staging", "production"])
def test_prometheus_takes_rules_and_configuration(promtool: Promtool, environment: str) -> None:
    write(render(lay(read(MANIFEST), environment), TODAY, MANIFEST).files, promtool.folder)
    (promtool.folder / "metrics-key").write_text("x", encoding="utf-8")
    assert promtool.says("check", "config", "prometheus.yml") == ""


def test_alertmanager_takes_its_configuration(tmp_path: Path) -> None:
    amtool = program("amtool", "prometheus-alertmanager")
    write(render(lay(read(MANIFEST), "local"), TODAY, MANIFEST).files, tmp_path)
    done = subprocess.run([amtool, "check-config", tmp_path / "alertmanager.yml"], capture_output=True, check=False,
                          timeout=60)  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_every_object_of_the_cloud_is_one_of_the_client_s_own_types() -> None:
    objects = render(lay(read(MANIFEST), "production"), TODAY, MANIFEST).objects
    for name, text in objects.items():
        message = KINDS[name.partition("/")[0]].from_json(text)
        assert message, name
    of_rules = {name.partition("/")[2] for name in objects if name.startswith("policies/")}
    assert {rule.name for rule in RULES if rule.severity != "heartbeat"} <= of_rules
    assert sum(name.startswith("uptime/") for name in objects) == 6


def test_a_service_that_scales_to_zero_is_probed_seldom_and_its_silence_is_no_alert() -> None:
    objects = render(lay(read(MANIFEST), "production"), TODAY, MANIFEST).objects
    periods = {name: json.loads(objects[f"uptime/health-{name}"])["period"]
               for name in ("prediction-worker", "prediction-coordinator")}  # fmt: skip
    assert periods == {"prediction-worker": "900s", "prediction-coordinator": "60s"}
    silent = objects["policies/ServiceSilent-page"]
    assert "prediction-coordinator" in silent
    assert "prediction-worker" not in silent


def test_an_environment_in_which_nothing_runs_all_the_time_has_no_such_rule() -> None:
    rendered = render(lay(read(MANIFEST), "staging"), TODAY, MANIFEST)
    assert "policies/ServiceSilent-page" not in rendered.objects
    assert "ServiceSilent" not in rendered.files["rules/services.yml"]


def test_what_is_declared_to_fail_is_no_alert_until_its_last_day_is_over(promtool: Promtool) -> None:
    """The clock of promtool begins in 1970."""
    fault = replace(FAULTS["NotReady"][0], before=10, lasts=26 * 60, clears=5)
    expected = Expectation("prediction-worker", "models:unloaded", Status.FAIL, "not there", "data", date(1970, 1, 1))
    rules = [rule for rule in RULES if rule.alert == "NotReady"]
    fires = {60: (), 1430: (), 1450: ("NotReady-page",)}
    series = {line.series: drawn(line, fault) for line in fault.lines}
    assert promtool.disagrees(rules, series, fires, interval="1m", given=Given(expected=(expected,))) == ""


def test_yaml_says_the_same_as_the_values(promtool: Promtool) -> None:
    tricky: dict[str, Plain] = {
        "a": ["on", "it's", 'say "x"', "back\\slash", 1, True, None],
        "b": [{"c": {}, "d": [["e"]]}],
        "f g": "1",
    }
    text = dump(tricky)
    assert "- 'on'" in text
    assert "- 'it''s'" in text
    rules = dump({"groups": [{"name": "x", "rules": [{"record": "y", "expr": "vector(1)", "labels": {"z": "no"}}]}]})
    (promtool.folder / "r.yml").write_text(rules, encoding="utf-8")
    assert promtool.says("check", "rules", "r.yml") == ""


def test_a_rule_without_an_expression_is_left_out() -> None:
    rule = next(rule for rule in RULES if rule.alert == "ServiceSilent")
    assert "ServiceSilent" not in rule_file("g", [rule], Given(always_on=()))


def test_the_command_writes_what_diff_finds_as_declared(tmp_path: Path) -> None:
    out, held = tmp_path / "out", tmp_path / "held"
    told = json.loads(propcast("monitoring", "render", "--environment", "staging", "--file", MANIFEST, "--out", out,
                               "--json").stdout)  # fmt: skip
    assert sorted(str(f.relative_to(out)) for f in out.rglob("*") if f.is_file()) == told["files"]
    assert propcast("monitoring", "apply", "--file", MANIFEST, "--to", held).exit_code == 0
    assert propcast("monitoring", "diff", "--file", MANIFEST, "--to", held).exit_code == 0
    (held / "rules" / "mine.yml").write_text("groups: []\n", encoding="utf-8")
    shutil.rmtree(held / "grafana")
    differing = propcast("monitoring", "diff", "--file", MANIFEST, "--to", held, "--json")
    assert differing.exit_code == 1
    assert json.loads(differing.stdout)["unknown"] == ["rules/mine.yml"]
    assert "grafana/fleet.json" in json.loads(differing.stdout)["missing"]


def test_the_command_refuses_who_is_nobody() -> None:
    refused = propcast("monitoring", "diff", "--file", MANIFEST, "--to", "x", "--notify", "pages=http://x")
    assert refused.exit_code == 2
    assert "did you mean 'page'" in refused.stderr
    assert propcast("monitoring", "apply", "--file", MANIFEST).exit_code == 2
    assert Places().page.startswith("http://127.0.0.1")
    assert propcast("monitoring", "lint", "--file", MANIFEST).exit_code == 0


@pytest.mark.parametrize("words", ["render", "diff", "apply", "lint"])
def test_help_has_an_example(words: str) -> None:
    assert f"Example:  propcast monitoring {words}" in propcast("monitoring", words, "--help").stdout
