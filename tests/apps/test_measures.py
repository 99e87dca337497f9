"""Metrics of batches and slates: what ended is counted once, what stands is measured when somebody asks."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from propcast.apps import collapse, counting, prediction_coordinator
from propcast.backends.json import Body
from propcast.backends.state import deadletters
from propcast.backends.state.port import Transaction
from propcast.backends.state.rollouts import GOING_BACK, ROLLOUTS
from propcast.backends.warehouse.port import In
from propcast.core.sport import Sport
from propcast.delivery.monitoring.slates import JOBS_A_RUN
from propcast.pipeline.batch.filing import shards_of
from propcast.pipeline.batch.history import batches
from propcast.pipeline.batch.records import Shard
from propcast.service.access import Role
from propcast.service.telemetry.metrics import Metrics
from propcast.tables.features import CONTRACTS
from propcast.tables.forecasts import DECISIONS
from tests.apps.fleet import SERVICES, Fleet, fleet
from tests.apps.rig import NOW, Running, Site
from tests.pipeline.conftest import NBA_DAY

COORDINATOR = prediction_coordinator.SERVICE.entry.name
READY: Body = {"schema_version": 1, "sport": "nba", "game_day": str(NBA_DAY)}


def measured(app: Running) -> dict[tuple[str, ...], float]:
    """Every sample by its name and the values of its labels, in the order of their names."""
    text = app.client.get("/metrics", headers=app.caller.service()).text
    return {
        (sample.name.removeprefix("propcast_"), *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def summed(found: dict[tuple[str, ...], float], name: str) -> float:
    return sum(value for key, value in found.items() if key[0] == name)


def published(services: Fleet) -> Running:
    """The coordinator once it has published a slate."""
    services.publish("features-ready", READY)
    services.settle()
    return services.apps[COORDINATOR]


def test_a_published_slate_is_counted_once_with_its_shards_and_rows(featured: Site) -> None:
    with fleet(featured, SERVICES) as services:
        app = published(services)
        measured(app)
        found = measured(app)
        (batch,) = batches(featured.backends())
        shards = shards_of(featured.backends().state, batch.batch_id)
    rows = featured.backends().warehouse.read(DECISIONS, [In("batch_id", (batch.publication,))])
    assert found["batches", "nba", "published"] == 1
    assert found["batches", "nba", "planned"] == 0
    assert found["batch_seconds_count", "nba"] == 1
    assert found["step_runs_total", "done", "plan"] == 1
    assert 0 < found["warehouse_jobs_total", "plan"] <= JOBS_A_RUN
    assert found["shards_total", "done", "none", "nba"] == len(shards) > 0
    assert summed(found, "predictions_total") == rows.height > 0
    assert summed(found, "fenced_writes_total") == summed(found, "lease_lost_total") == 0


def test_what_ended_before_the_process_began_is_not_counted(featured: Site) -> None:
    with fleet(featured, SERVICES) as services:
        published(services)
    featured.clock.instant = NOW.replace(hour=23)
    with fleet(featured, [prediction_coordinator.SERVICE]) as services:
        found = measured(services.apps[COORDINATOR])
    assert found["batches", "nba", "published"] == 1
    assert summed(found, "shards_total") == summed(found, "predictions_total") == 0
    assert summed(found, "step_runs_total") == summed(found, "warehouse_jobs_total") == 0


def test_today_is_measured_from_the_grid_and_covered_once_it_is_published(featured: Site) -> None:
    featured.clock.instant = NBA_DAY.at_utc(17)
    with fleet(featured, SERVICES) as services:
        before = measured(services.apps[COORDINATOR])
        after = measured(published(services))
    assert before["slate_coverage_ratio", "nba"] == 0.0
    assert after["slate_coverage_ratio", "nba"] == 1.0
    assert after["expected_outputs", "nba", "done", "predictions"] > 0
    assert before["expected_outputs", "nba", "done", "predictions"] == 0


def test_what_waits_and_what_was_given_up_is_measured(featured: Site) -> None:
    with fleet(featured, [prediction_coordinator.SERVICE]) as services:
        services.publish("features-ready", READY)
        featured.backends().state.transact(
            lambda tx: deadletters.record(tx, topic="raw-ready", payload={}, reason="poison", message_id="7")
        )
        featured.backends().state.transact(_put_rollouts)
        found = measured(services.apps[COORDINATOR])
    assert found["rollbacks_unproven", "prediction-worker"] == 1
    assert found["rollbacks_unproven", "admin-dashboard"] == 0
    assert found["backlog_messages", "features-ready.prediction-coordinator"] == 1
    assert found["deadletter_messages", "raw-ready"] == 1
    assert found["deadletter_messages", "lines-changed"] == 0
    assert found["outbox_oldest_seconds", COORDINATOR] == 0


def _put_rollouts(tx: Transaction) -> None:
    """A rollout that goes back, one that goes on, and one that has come back."""
    for name, state, over in (("1", GOING_BACK, False), ("2", "stage", False), ("3", "aborted", True)):
        told: Body = {"environment": "local", "service": "prediction-worker", "over": over, "record": {"state": state}}
        tx.insert(ROLLOUTS, name, {**told, "order": name})


def test_reasons_of_shards_are_a_closed_set() -> None:
    def told(reason: str) -> str:
        return counting.kind_of(Shard("s", "b", 0, (), NOW, reason=reason))

    assert told("") == "none"
    assert told("3 times ValueError: player 17 has no line") == "ValueError"
    assert told("ModelRefused: sha256 differs") == "ModelRefused"
    assert told("the batch was due at 2026-01-01") == "stated"


def test_a_step_has_one_purpose_in_every_sport_and_market() -> None:
    told = ("nba/forecast", "mlb/forecast", "nba/train/points", "publish_model")
    assert [counting.purpose_of(step) for step in told] == ["forecast", "forecast", "train", "publish_model"]


def test_checks_are_looked_at_with_every_question_for_metrics(featured: Site) -> None:
    with fleet(featured, [prediction_coordinator.SERVICE]) as services:
        found = measured(services.apps[COORDINATOR])
    assert found["check_status", "state:latency", "true", COORDINATOR] == 2
    assert found["minutes_to_first_start", "nba"] == float("inf")
    assert found["backup_path_total", "sweep"] == 0


def test_a_collector_shows_its_key_as_a_bearer_token(featured: Site) -> None:
    with fleet(featured, [prediction_coordinator.SERVICE]) as services:
        app = services.apps[COORDINATOR]
        key = app.caller.key(Role.VIEWER)["X-API-Key"]
        codes = [app.client.get("/metrics", headers={"Authorization": f"Bearer {shown}"}).status_code
                 for shown in (key, key[:-1] + ("A" if key[-1] != "A" else "B"))]  # fmt: skip
    assert codes == [200, 401]


def test_what_the_sweep_had_to_do_is_counted(featured: Site) -> None:
    with fleet(featured, SERVICES) as services:
        services.settle_but_for_results({"sport": "nba", "game_day": str(NBA_DAY)})
        services.coordinator.sweep()
        found = [measured(services.apps[COORDINATOR])["backup_path_total", "sweep"] for _ in range(2)]
    assert found == [1, 1]


def test_features_that_must_vary_are_measured_on_a_slate_that_is_large_enough(
    featured: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    metrics, backends = Metrics(), featured.backends()
    collapse.collapsed(backends, Sport.NBA, NBA_DAY, metrics)
    families = {family.name: family.samples for family in text_string_to_metric_families(metrics.text().decode())}
    nulls = {sample.labels["feature"]: sample.value for sample in families["propcast_feature_null_ratio"]}
    assert nulls.keys() == {feature.name for feature in CONTRACTS[Sport.NBA].features if feature.must_vary}
    assert all(0 <= ratio <= 1 for ratio in nulls.values())
    assert all(sample.value > 0 for sample in families["propcast_feature_variance"])
    monkeypatch.setattr(collapse, "SLATE_ROWS", 10_000)
    few = Metrics()
    collapse.collapsed(backends, Sport.NBA, NBA_DAY, few)
    assert few.text() == b""
