"""Traffic moves while people ask: nobody gets an error for it, and nobody sees what has no share."""

import http.client
import threading
from contextlib import suppress

from propcast.delivery.targets.local.questions import folder_of
from tests.delivery.targets.load import answered, load, until
from tests.delivery.targets.rig import SERVICE, LocalRig, got, share, two, wanted

SWITCHES = 12


def test_no_request_fails_while_traffic_moves_and_revisions_come_and_go(local: LocalRig) -> None:
    two(local)
    share(local, one=100)
    shares = ({"one": 95, "two": 5}, {"one": 50, "two": 50}, {"two": 100}, {"one": 100})
    with load(local.port) as people:
        for number in range(SWITCHES):
            share(local, **shares[number % len(shares)])
            answered(people, 20)
        local.target.retire(SERVICE, "two")
        local.target.stage(wanted(local, "three", local.other))
        share(local, three=100)
        answered(people, 20)
        local.target.retire(SERVICE, "one")
        answered(people, 20)
    assert people.failed == []
    assert people.total >= 20 * SWITCHES
    assert set(people.answered) == {"one", "two", "three"}


def test_shares_are_what_was_set(local: LocalRig) -> None:
    """600 requests at 5 %: more than 60 or fewer than 8 to the small one come once in a million times."""
    two(local)
    share(local, one=95, two=5)
    with load(local.port) as people:
        answered(people, 600)
    assert 8 <= 600 * people.answered["two"] / people.total <= 60


def test_who_has_no_share_is_never_asked(local: LocalRig) -> None:
    two(local)
    share(local, one=100)
    with load(local.port) as people:
        answered(people, 200)
    assert set(people.answered) == {"one"}


def test_what_is_begun_is_finished_before_a_revision_goes(local: LocalRig) -> None:
    two(local)
    share(local, two=100)
    said: list[tuple[int, str]] = []
    slow = threading.Thread(target=lambda: said.append(local.get("/slow")))
    slow.start()
    until(lambda: (folder_of(local.home) / "slow-two").exists())
    share(local, one=100)
    local.target.retire(SERVICE, "two")
    assert said == [(200, "two")]
    slow.join()


def test_a_tag_leads_to_its_revision_whatever_the_shares(local: LocalRig) -> None:
    two(local)
    share(local, one=100)
    for name in ("one", "two"):
        assert got(local.at(name), "/health") == (200, name)
    assert [(request.revision, request.route) for request in local.logged()] == [("one", "/health"), ("two", "/health")]


def test_a_new_service_answers_that_it_has_nothing_yet(local: LocalRig) -> None:
    two(local)
    assert local.get("/health") == (503, "")
    assert [(request.revision, request.code) for request in local.logged()] == [(f"{SERVICE}-placeholder", 503)]


def test_a_broken_connection_is_logged_as_such(local: LocalRig) -> None:
    two(local)
    share(local, one=100)
    assert local.get("/cut")[0] == 502
    assert [(request.revision, request.route, request.code) for request in local.logged()] == [("one", "/cut", 599)]


def test_no_request_is_lost_to_the_log_whatever_connection_it_came_over(local: LocalRig) -> None:
    """HAProxy neither answers nor logs what fails on a connection that has had an answer before."""
    two(local)
    share(local, one=100)
    connection = http.client.HTTPConnection("127.0.0.1", local.port, timeout=10)
    for path in ("/health", "/cut"):
        connection.request("GET", path)
        with suppress(http.client.HTTPException):
            connection.getresponse().read()
    connection.close()
    assert [(request.route, request.code) for request in local.logged()] == [("/health", 200), ("/cut", 599)]


def test_synthetic_requests_are_told_from_others(local: LocalRig) -> None:
    two(local)
    got(local.at("one"), "/ready", agent="propcast-synthetic/1")
    assert [(request.route, request.synthetic) for request in local.logged()] == [("/ready", True)]
