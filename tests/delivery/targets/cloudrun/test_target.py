"""The target on Cloud Run does what its port says, against the platform's own rules."""

from dataclasses import replace

import pytest
from google.cloud.run_v2.types import IngressTraffic, TrafficTarget, TrafficTargetAllocationType

from propcast.delivery.targets import port
from propcast.delivery.targets.cloudrun import templates
from propcast.service import catalogue
from propcast.service.identity import config_hash
from tests.delivery.targets.cloudrun.conftest import DEPLOYED, PATH, SERVICE, Bench, image, wanted

ONE, TWO, THREE = (f"{DEPLOYED}-{name}" for name in ("one", "two", "three"))
PLACEHOLDER = f"{DEPLOYED}-placeholder"
LATEST = TrafficTargetAllocationType.TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST


def test_a_staged_revision_has_an_address_and_no_traffic(bench: Bench) -> None:
    bench.live()
    staged = bench.target.stage(wanted("two", number=2))
    assert (staged.name, staged.tag, staged.digest) == (TWO, "staging", f"sha256:{2:064x}")
    assert staged.url == f"https://staging---{DEPLOYED}.a.run.app"
    assert bench.target.read_weights(SERVICE).weights == {ONE: 100}


def test_a_revision_tells_the_configuration_hash_that_its_process_tells(bench: Bench) -> None:
    asked = wanted("one", PROPCAST_LOG_LEVEL="DEBUG")
    staged = bench.target.stage(asked, create=True)
    assert staged.config_hash == config_hash(catalogue.service(SERVICE).told(asked.env))


def test_staging_again_makes_one_revision(bench: Bench) -> None:
    first = bench.target.stage(wanted("one"), create=True)
    assert bench.target.stage(wanted("one")) == first
    assert [each.name for each in bench.target.revisions(SERVICE)] == [PLACEHOLDER, ONE]


@pytest.mark.parametrize(
    "other", [wanted("one", number=2), wanted("one", PROPCAST_THREADS="3")], ids=["image", "variable"]
)
def test_a_name_means_one_content(bench: Bench, other: port.Wanted) -> None:
    bench.live()
    with pytest.raises(port.TargetRefused, match="other content"):
        bench.target.stage(other)


def test_a_tag_moves_to_the_revision_that_is_staged_under_it(bench: Bench) -> None:
    bench.live()
    bench.target.stage(wanted("two"))
    assert {each.name: each.tag for each in bench.target.revisions(SERVICE)} == {
        PLACEHOLDER: "",
        ONE: "",
        TWO: "staging",
    }


def test_variables_replace_what_was_there_whole(bench: Bench) -> None:
    bench.target.stage(wanted("one", PROPCAST_THREADS="3"), create=True)
    bench.target.stage(wanted("two"))
    found = bench.platform.run.revisions[f"{PATH}/revisions/{TWO}"]
    assert templates.environment(found) == {"PROPCAST_ENVIRONMENT": "production"}


def test_secrets_are_named_by_version_and_never_by_value(bench: Bench) -> None:
    asked = replace(wanted("one"), secrets={"PROPCAST_KEY_BOOKS": "key-books@3"})
    bench.target.stage(asked, create=True)
    found = bench.platform.run.revisions[f"{PATH}/revisions/{ONE}"]
    assert templates.secrets(found) == {"PROPCAST_KEY_BOOKS": "key-books@3"}
    with pytest.raises(port.TargetRefused, match="no version"):
        bench.target.stage(replace(asked, name=TWO, secrets={"PROPCAST_KEY_BOOKS": "key-books@latest"}))


def test_what_the_manifest_declares_is_what_runs(bench: Bench) -> None:
    bench.target.stage(wanted("one"), create=True)
    template = bench.platform.run.services[PATH].template
    container, declared = template.containers[0], bench.target.laid.services[SERVICE]
    assert dict(container.resources.limits) == {"cpu": "2", "memory": "1024Mi"}
    assert (template.scaling.min_instance_count, template.scaling.max_instance_count) == (0, 10)
    assert (template.max_instance_request_concurrency, template.timeout.total_seconds()) == (4, 300)
    assert template.service_account == "prediction-worker@propcast-production.iam.gserviceaccount.com"
    assert (container.startup_probe.http_get.path, container.startup_probe.failure_threshold) == ("/health", 60)
    assert container.liveness_probe.http_get.path == "/health"
    assert list(container.command) == list(declared.command)


def test_weights_come_back_as_they_were_set_and_tags_stay(bench: Bench) -> None:
    bench.live()
    bench.target.stage(wanted("two", tag="canary"))
    assert bench.move({ONE: 95, TWO: 5}, token=2).weights == {ONE: 95, TWO: 5}
    assert [each.tag for each in bench.target.revisions(SERVICE)] == ["", "staging", "canary"]
    assert bench.move({ONE: 100, TWO: 0}, token=2).weights == {ONE: 100}


@pytest.mark.parametrize("weights", [{ONE: 99}, {ONE: 101}, {ONE: 110, TWO: -10}], ids=["less", "more", "negative"])
def test_weights_are_whole_percents_of_one_whole(bench: Bench, weights: dict[str, int]) -> None:
    bench.live()
    with pytest.raises(port.TargetRefused, match="add up to 100"):
        bench.move(weights, token=2)


def test_weights_of_a_revision_that_is_not_there_are_refused(bench: Bench) -> None:
    bench.live()
    with pytest.raises(port.TargetRefused, match="not found"):
        bench.move({TWO: 100}, token=2)


def test_traffic_that_was_moved_meanwhile_is_not_moved(bench: Bench) -> None:
    read = bench.live()
    bench.target.stage(wanted("two"))
    with pytest.raises(port.TrafficMoved, match="read it again"):
        bench.target.set_weights(SERVICE, {TWO: 100}, etag=read.etag, token=2)
    assert bench.target.read_weights(SERVICE).weights == {ONE: 100}


def test_traffic_that_is_moved_by_hand_between_reading_and_writing_is_not_moved(bench: Bench) -> None:
    bench.live()
    bench.target.stage(wanted("two"))
    run = bench.platform.run
    run.changed = lambda: run.by_hand(PATH, TrafficTarget(type_=LATEST, percent=100))
    with pytest.raises(port.TrafficMoved, match="somebody else"):
        bench.move({ONE: 50, TWO: 50}, token=2)
    assert bench.target.read_weights(SERVICE).weights == {TWO: 100}


def test_a_lower_token_moves_nothing_whatever_etag_it_has(bench: Bench) -> None:
    bench.live()
    bench.target.stage(wanted("two"))
    bench.move({ONE: 95, TWO: 5}, token=7)
    with pytest.raises(port.TrafficMoved, match="token 7"):
        bench.move({TWO: 100}, token=6)
    assert bench.target.read_weights(SERVICE).weights == {ONE: 95, TWO: 5}


def test_a_revision_with_traffic_is_not_retired_and_one_that_is_gone_is_fine(bench: Bench) -> None:
    bench.live()
    bench.target.stage(wanted("two"))
    bench.target.stage(wanted("three"))
    with pytest.raises(port.TargetRefused, match="100 % of the traffic"):
        bench.target.retire(SERVICE, ONE)
    bench.target.retire(SERVICE, TWO)
    bench.target.retire(SERVICE, TWO)
    assert [each.name for each in bench.target.revisions(SERVICE)] == [PLACEHOLDER, ONE, THREE]


def test_the_latest_revision_loses_its_address_though_the_platform_keeps_it(bench: Bench) -> None:
    bench.live()
    bench.target.stage(wanted("two"))
    bench.target.retire(SERVICE, TWO)
    assert [(each.name, each.url) for each in bench.target.revisions(SERVICE)][-1] == (TWO, "")


def test_nothing_is_known_of_a_service_that_is_not_there(bench: Bench) -> None:
    assert bench.target.revisions(SERVICE) == []
    bench.target.retire(SERVICE, ONE)
    with pytest.raises(port.TargetRefused, match="no service prediction-worker"):
        bench.target.read_weights(SERVICE)


def test_a_service_that_the_manifest_does_not_name_is_refused(bench: Bench) -> None:
    with pytest.raises(port.TargetRefused, match="did you mean 'prediction-worker'"):
        bench.target.read_weights("prediction-workr")


@pytest.mark.parametrize("name", ["one", f"other-{DEPLOYED}-one", f"{DEPLOYED}-{'x' * 60}"])
def test_a_name_that_the_platform_would_not_take_is_refused(bench: Bench, name: str) -> None:
    with pytest.raises(port.TargetRefused, match="cannot be a revision"):
        bench.target.stage(replace(wanted("one"), name=name), create=True)
    assert bench.platform.asked == []


def test_the_image_of_another_service_is_refused(bench: Bench) -> None:
    with pytest.raises(port.TargetRefused, match="image of analytics-processor"):
        bench.target.stage(replace(wanted("one"), image=image(service="analytics-processor")), create=True)


def test_callers_from_outside_are_let_in_with_a_credential(bench: Bench) -> None:
    bench.live()
    found = bench.platform.run.services[PATH]
    assert found.ingress == IngressTraffic.INGRESS_TRAFFIC_ALL
    assert not found.invoker_iam_disabled
