"""The coordinator: batches begin once, can be looked at, swept, ended and begun again; dead letters are kept."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from propcast.apps import prediction_coordinator
from propcast.backends.state import audit, deadletters
from propcast.core.sport import Sport
from propcast.pipeline.batch.filing import shards_of
from propcast.pipeline.batch.history import batches
from propcast.pipeline.stages import build_day_features
from propcast.service.access import Role
from tests.apps.fleet import Fleet, fleet
from tests.apps.rig import Running, Site, eventually, failing, running
from tests.pipeline.conftest import MLB_DAY, NBA_DAY, NO_GAMES

SERVICE = prediction_coordinator.SERVICE
ASKED: dict[str, Any] = {"sport": "nba", "game_day": str(NBA_DAY)}
NOBODYS = "0" * 24


@pytest.fixture
def coordinator(featured: Site) -> Iterator[Running]:
    """The coordinator of a home whose features stand, without its background work."""
    with fleet(featured, [SERVICE]) as services:
        yield services.apps[SERVICE.entry.name]


def begun(coordinator: Running) -> str:
    """The id of a batch that has begun."""
    return str(coordinator.ask("/start", ASKED).json()["batch_id"])


@pytest.mark.proves("B8")
def test_a_start_is_202_and_the_same_again_is_200(coordinator: Running) -> None:
    first, second = (coordinator.ask("/start", ASKED) for _ in range(2))
    assert (first.status_code, second.status_code) == (202, 200)
    assert first.json()["batch_id"] == second.json()["batch_id"]
    assert first.json()["shards"] >= 1
    assert first.json()["participants"] > 0
    assert len(batches(coordinator.site.backends())) == 1


def test_nobody_to_forecast_is_said_and_is_no_batch(coordinator: Running) -> None:
    answer = coordinator.ask("/start", {**ASKED, "game_day": str(NO_GAMES)})
    assert (answer.status_code, answer.json()["batch_id"]) == (200, None)


def test_a_push_of_features_begins_the_same_batch(coordinator: Running) -> None:
    data = {"schema_version": 1, **ASKED}
    assert coordinator.push("/start", data).status_code == 204
    (batch,) = batches(coordinator.site.backends())
    assert batch.reason == "scheduled"
    assert coordinator.ask("/start", {**ASKED, "reason": "scheduled"}).json()["batch_id"] == batch.batch_id


@pytest.mark.proves("B6", "L31")
def test_features_that_are_not_all_there_are_waited_for(coordinator: Running) -> None:
    data = {"schema_version": 1, **ASKED, "participants": 100_000}
    subscription = "features-ready.prediction-coordinator"
    assert coordinator.push("/start", data, subscription=subscription).status_code == 204
    assert batches(coordinator.site.backends()) == []
    assert deadletters.waiting(coordinator.site.backends().state) == []


def test_a_batch_can_be_looked_at(coordinator: Running) -> None:
    found = coordinator.client.get(f"/status/{begun(coordinator)}", headers=coordinator.caller.key(Role.VIEWER)).json()
    assert (found["state"], found["sport"], found["publications"]) == ("planned", "nba", 0)
    assert sum(shard["participants"] for shard in found["shards"]) == found["participants"]["open"]
    assert found["n_missing"] == len(found["missing"]) == found["participants"]["open"]


@pytest.mark.parametrize("path", [f"/cancel/{NOBODYS}", f"/redrive/{NOBODYS}"])
def test_a_batch_that_there_is_not_is_not_found(coordinator: Running, path: str) -> None:
    assert coordinator.ask(path, {"reason": "none"}).status_code == 404
    assert coordinator.client.get(f"/status/{NOBODYS}", headers=coordinator.caller.service()).status_code == 404


def test_a_batch_ends_by_the_hand_of_an_operator_and_begins_again(coordinator: Running) -> None:
    batch_id = begun(coordinator)
    cancelled = coordinator.ask(f"/cancel/{batch_id}", {"reason": "wrong lines"}).json()
    assert (cancelled["state"], cancelled["shards"][0]["state"]) == ("cancelled", "cancelled")
    assert coordinator.ask(f"/cancel/{batch_id}", {"reason": "again"}).json()["state"] == "cancelled"
    redriven = coordinator.ask(f"/redrive/{batch_id}").json()
    assert (redriven["state"], redriven["shards"][0]["state"]) == ("planned", "pending")
    trail = audit.find(coordinator.site.backends().state)
    assert [(row.action, row.actor.partition(" ")[0]) for row in trail] == [
        ("redrive batch", "tests"),
        ("cancel batch", "tests"),
    ]


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b"{", b'{"sport":"nba","game_day":"x"}', b'{"sport":"nba","game_day":"2024-12-07","more":1}'],
)
def test_a_start_that_does_not_fit_is_a_problem(coordinator: Running, body: bytes) -> None:
    headers = {**coordinator.caller.key(Role.OPERATOR), "content-type": "application/json"}
    answer = coordinator.client.post("/start", content=body, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["errors"]


@pytest.mark.proves("B6")
def test_what_the_bus_gave_up_is_kept_once_with_its_reason(coordinator: Running) -> None:
    told = {
        "CloudPubSubDeadLetterSourceSubscription": "prediction-request.prediction-worker",
        "dead_letter_reason": "answer 500",
        "original_message_id": "7",
    }
    data = {"any": ["thing", 1]}
    for number in ("8", "9"):
        assert coordinator.push("/dead-letters", data, message_id=number, **told).status_code == 204
    (letter,) = deadletters.waiting(coordinator.site.backends().state)
    assert (letter.topic, letter.payload, letter.reason) == ("prediction-request", data, "answer 500")
    assert letter.message_id == "7"


@pytest.mark.proves("B9")
def test_a_batch_past_its_time_is_a_warning_then_a_failure(coordinator: Running) -> None:
    begun(coordinator)
    clock, seen = coordinator.site.clock, []
    for minutes in (1, 15, 15, 0):  # the first failure is damped
        clock.instant += timedelta(minutes=minutes)
        body = coordinator.ready()
        (entry,) = body["checks"]["batches:oldest_open"]
        seen.append((entry["status"], entry["observedValue"]))
    assert seen == [("pass", 60.0), ("warn", 960.0), ("warn", 1860.0), ("fail", 1860.0)]


def test_dead_letters_show_in_the_depth_and_do_not_stop_the_service(coordinator: Running) -> None:
    coordinator.push("/complete", {"nonsense": True})
    body = coordinator.ready()
    assert failing(body)["deadletter:depth"] == (1, "messages")
    assert body["status"] == "warn"


@pytest.fixture
def published(featured: Site) -> Iterator[Fleet]:
    """A fleet that has published the NBA day."""
    with fleet(featured) as services:
        services.publish("features-ready", {"schema_version": 1, **ASKED})
        yield services.settle()


@pytest.mark.proves("B10")
def test_people_whose_lines_moved_are_forecast_anew_beside_everybody_else(published: Fleet) -> None:
    backends = published.site.backends()
    (batch,) = batches(backends)
    later = batch.as_of + timedelta(minutes=1)
    build_day_features(backends, Sport.NBA, NBA_DAY, later)
    person = shards_of(backends.state, batch.batch_id)[0].participants[0]
    people = [{"event_id": person.event_id, "participant_id": person.participant_id}]
    published.publish(
        "lines-changed",
        {"schema_version": 1, **ASKED, "as_of": later.isoformat(), "people": people},  # type: ignore[dict-item]
    )
    published.settle()
    current = backends.ledger.current(Sport.NBA, NBA_DAY)
    newest = batches(backends)[0]
    assert current is not None
    assert (newest.scope, current.batch_id) == ("people", newest.batch_id)
    assert set(published.answers("lines-changed")) == {204}


def test_the_other_sport_has_its_own_batch(featured: Site) -> None:
    with fleet(featured) as services:
        services.publish("features-ready", {"schema_version": 1, "sport": "mlb", "game_day": str(MLB_DAY)})
        services.settle()
        assert featured.backends().ledger.current(Sport.MLB, MLB_DAY) is not None
        assert services.answers("prediction-request") == [204]


def test_background_work_alone_carries_a_complete_batch_to_its_end(featured: Site) -> None:
    """What the postman asks for elsewhere, the running coordinator does by itself once a push says that it is time."""
    with fleet(featured) as services:
        services.settle_but_for_results(ASKED)
        (batch,) = batches(featured.backends())
    with running(featured, SERVICE) as coordinator:
        ready = {"schema_version": 1, **ASKED, "batch_id": batch.batch_id, "shard_id": batch.batch_id, "ordinal": 0}
        assert coordinator.push("/complete", {**ready, "state": "done", "token": 1}).status_code == 204
        eventually(lambda: featured.backends().ledger.current(Sport.NBA, NBA_DAY) is not None)
