"""Traffic: shares, who may move them, and the log of requests."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

import pytest

from propcast.delivery.targets.port import TargetRefused, TrafficMoved
from tests.delivery.targets.rig import SERVICE, Rig, share, two, wanted


def test_shares_are_read_back_as_they_were_set(rig: Rig) -> None:
    two(rig)
    for weights in ({"one": 100}, {"one": 95, "two": 5}, {"one": 50, "two": 50}, {"two": 100}):
        before = rig.target.read_weights(SERVICE)
        after = rig.target.set_weights(SERVICE, weights, etag=before.etag, token=1)
        assert after.weights == weights
        assert after.etag != before.etag
        assert rig.target.read_weights(SERVICE) == after


def test_a_share_of_nothing_is_no_share(rig: Rig) -> None:
    two(rig)
    share(rig, one=100, two=0)
    assert rig.target.read_weights(SERVICE).weights == {"one": 100}


def test_setting_what_is_set_changes_nothing(rig: Rig) -> None:
    two(rig)
    share(rig, one=100)
    before = rig.target.read_weights(SERVICE)
    share(rig, one=100)
    assert rig.target.read_weights(SERVICE) == before


@pytest.mark.parametrize("weights", [{}, {"one": 99}, {"one": 60, "two": 60}, {"one": 101, "two": -1}, {"seven": 100}])
def test_what_is_no_sharing_out_is_refused(rig: Rig, weights: Mapping[str, int]) -> None:
    two(rig)
    share(rig, one=100)
    before = rig.target.read_weights(SERVICE)
    with pytest.raises(TargetRefused):
        rig.target.set_weights(SERVICE, weights, etag=before.etag, token=1)
    assert rig.target.read_weights(SERVICE) == before


def test_who_has_not_read_what_is_now_moves_nothing(rig: Rig) -> None:
    two(rig)
    stale = rig.target.read_weights(SERVICE)
    share(rig, one=100)
    with pytest.raises(TrafficMoved):
        rig.target.set_weights(SERVICE, {"two": 100}, etag=stale.etag, token=1)
    assert rig.target.read_weights(SERVICE).weights == {"one": 100}


def test_a_revision_that_came_since_counts_as_moved(rig: Rig) -> None:
    two(rig)
    stale = rig.target.read_weights(SERVICE)
    rig.target.stage(wanted(rig, "three"))
    with pytest.raises(TrafficMoved):
        rig.target.set_weights(SERVICE, {"two": 100}, etag=stale.etag, token=1)


def test_an_older_token_moves_nothing(rig: Rig) -> None:
    two(rig)
    share(rig, token=7, one=100)
    with pytest.raises(TrafficMoved):
        share(rig, token=6, two=100)
    assert rig.target.read_weights(SERVICE).weights == {"one": 100}
    share(rig, token=7, two=100)
    share(rig, token=8, one=100)
    assert rig.target.read_weights(SERVICE).weights == {"one": 100}


def test_staging_and_retiring_move_no_traffic(rig: Rig) -> None:
    two(rig)
    share(rig, one=95, two=5)
    rig.target.stage(wanted(rig, "three"))
    assert rig.target.read_weights(SERVICE).weights == {"one": 95, "two": 5}
    rig.target.retire(SERVICE, "three")
    assert rig.target.read_weights(SERVICE).weights == {"one": 95, "two": 5}


def test_no_traffic_is_known_of_a_service_that_is_not_there(rig: Rig) -> None:
    with pytest.raises(TargetRefused):
        rig.target.read_weights("admin-dashboard")
    assert rig.target.requests("admin-dashboard", rig.now(), rig.now()) is None


def test_requests_are_logged_by_revision(rig: Rig) -> None:
    two(rig)
    share(rig, one=100)
    began = rig.now()
    rig.ask(20)
    share(rig, one=50, two=50)
    rig.ask(100)
    found = rig.target.requests(SERVICE, began, rig.now() + timedelta(seconds=1))
    assert found is not None
    counted = Counter(request.revision for request in found)
    assert counted["one"] + counted["two"] == 120
    assert 20 <= counted["two"] <= 80
    assert {(request.route, request.code, request.synthetic) for request in found} == {("/health", 200, False)}
    assert all(0 < request.seconds < 5 for request in found)


def test_a_window_is_open_at_its_end(rig: Rig) -> None:
    two(rig)
    share(rig, one=100)
    began = rig.now()
    rig.ask(5)
    found = rig.target.requests(SERVICE, began, rig.now() + timedelta(seconds=1))
    assert found is not None
    assert len(found) == 5
    last = max(request.at for request in found)
    before = rig.target.requests(SERVICE, began, last)
    since = rig.target.requests(SERVICE, last, last + timedelta(seconds=1))
    assert before is not None
    assert since is not None
    assert len(before) + len(since) == 5
    assert since
