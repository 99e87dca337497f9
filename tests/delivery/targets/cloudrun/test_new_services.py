"""A service that is not there yet: no request reaches code that nothing has proven."""

from dataclasses import replace

import pytest
from google.cloud.run_v2.types import Container, IngressTraffic, RevisionTemplate, Service, TrafficTarget

from propcast.delivery.targets import port
from tests.delivery.targets.cloudrun.conftest import DEPLOYED, PATH, REGISTRY, SERVICE, Bench, image, wanted
from tests.delivery.targets.cloudrun.run_api import DEFAULT

ONE, PLACEHOLDER = f"{DEPLOYED}-one", f"{DEPLOYED}-placeholder"
CONSOLE = "nba-admin-dashboard"


def console(name: str) -> port.Wanted:
    """Return a wanted revision of the one service that everybody may call in production."""
    return replace(wanted("x"), service="admin-dashboard", name=f"{CONSOLE}-{name}", image=image(1, "admin-dashboard"))


def other_service(bench: Bench, name: str, **fields: object) -> None:
    """Put a service into the platform that this repository did not make."""
    path = f"{PATH.rpartition('/')[0]}/{name}"
    bench.platform.run.services[path] = Service(name=path, traffic=[DEFAULT], **fields)


def test_creating_needs_to_be_asked_for(bench: Bench) -> None:
    with pytest.raises(port.TargetRefused, match="--create"):
        bench.target.stage(wanted("one"))
    assert bench.platform.run.services == {}


def test_every_request_goes_to_the_placeholder_until_traffic_is_moved(bench: Bench) -> None:
    bench.target.stage(wanted("one"), create=True)
    assert bench.target.read_weights(SERVICE).weights == {PLACEHOLDER: 100}
    placeholder = bench.platform.run.revisions[f"{PATH}/revisions/{PLACEHOLDER}"].containers[0]
    assert placeholder.command[:3] == ["python", "-m", "propcast.service.placeholder"]
    assert list(placeholder.env) == []


def test_the_placeholder_is_reached_from_inside_alone(bench: Bench) -> None:
    seen = list[int]()
    bench.platform.run.changed = lambda: seen.append(bench.platform.run.services[PATH].ingress)
    bench.target.stage(wanted("one"), create=True)
    assert seen == [IngressTraffic.INGRESS_TRAFFIC_INTERNAL_ONLY]


def test_anybody_may_call_a_public_service_only_once_something_proven_serves(bench: Bench) -> None:
    bench.target.stage(console("one"), create=True)
    path = PATH.replace(DEPLOYED, CONSOLE)
    assert not bench.platform.run.services[path].invoker_iam_disabled
    etag = bench.target.read_weights("admin-dashboard").etag
    bench.target.set_weights("admin-dashboard", {f"{CONSOLE}-one": 100}, etag=etag, token=1)
    assert bench.platform.run.services[path].invoker_iam_disabled


@pytest.mark.parametrize("how", ["label", "image"])
def test_a_service_is_not_made_twice_under_two_names(bench: Bench, how: str) -> None:
    template = RevisionTemplate(containers=[Container(image=f"{REGISTRY}/{SERVICE}@sha256:{0:064x}")])
    fields = {"labels": {"propcast-service": SERVICE}} if how == "label" else {"template": template}
    other_service(bench, "worker-of-before", **fields)
    with pytest.raises(port.TargetRefused, match="twin of worker-of-before"):
        bench.target.stage(wanted("one"), create=True)
    assert PATH not in bench.platform.run.services


def test_other_services_are_no_twins_and_are_named_to_whoever_asks(bench: Bench) -> None:
    other_service(bench, "somebody-elses")
    bench.target.stage(wanted("one"), create=True)
    assert bench.target.deployed() == [DEPLOYED, "somebody-elses"]


def test_creating_goes_on_where_it_was_cut_off(bench: Bench) -> None:
    bench.platform.run.broken = {f"{DEPLOYED}-bad"}
    with pytest.raises(port.TargetRefused, match="did not start"):
        bench.target.stage(wanted("bad"), create=True)
    assert bench.target.stage(wanted("one"), create=True).name == ONE
    assert bench.target.read_weights(SERVICE).weights == {PLACEHOLDER: 100}


def test_a_service_whose_first_revision_never_came_up_is_refused_with_what_to_do(bench: Bench) -> None:
    bench.platform.run.broken = {PLACEHOLDER}
    for _ in range(2):
        with pytest.raises(port.TargetRefused, match=r"cannot serve traffic|serves nothing .* delete or repair it"):
            bench.target.stage(wanted("one"), create=True)


def test_a_revision_that_does_not_start_is_told_with_the_platforms_reason_and_moves_nothing(bench: Bench) -> None:
    bench.live()
    bench.platform.run.broken = {f"{DEPLOYED}-two"}
    with pytest.raises(port.TargetRefused, match="failed its startup probe checks"):
        bench.target.stage(wanted("two", number=2))
    assert bench.target.read_weights(SERVICE).weights == {ONE: 100}


def test_traffic_can_be_moved_while_the_latest_revision_does_not_start(bench: Bench) -> None:
    bench.live()
    bench.target.stage(wanted("two"))
    bench.move({ONE: 50, f"{DEPLOYED}-two": 50}, token=2)
    bench.platform.run.broken = {f"{DEPLOYED}-three"}
    with pytest.raises(port.TargetRefused):
        bench.target.stage(wanted("three", "canary", number=3))
    assert bench.move({ONE: 100}, token=2).weights == {ONE: 100}
    bench.target.retire(SERVICE, f"{DEPLOYED}-three")
    assert all(each.revision != f"{DEPLOYED}-three" for each in bench.platform.run.services[PATH].traffic)


def test_what_followed_the_latest_revision_is_pinned_to_what_it_serves(bench: Bench) -> None:
    bench.live()
    bench.platform.run.by_hand(PATH, TrafficTarget(DEFAULT))
    bench.target.stage(wanted("two"))
    assert bench.target.read_weights(SERVICE).weights == {ONE: 100}


def test_a_pinned_service_stays_pinned(bench: Bench) -> None:
    bench.live()
    bench.target.stage(wanted("two"))
    bench.move({f"{DEPLOYED}-two": 100}, token=2)
    bench.move({ONE: 100}, token=2)
    bench.target.stage(wanted("three"))
    assert bench.target.read_weights(SERVICE).weights == {ONE: 100}
