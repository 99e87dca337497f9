"""Poison of every kind through the whole chain: one recorded end each, few deliveries, and nobody else is touched."""

import json
from typing import Any

import pytest

from propcast.backends.bus.queue import Claim
from propcast.backends.state import deadletters
from propcast.core.sport import Sport
from propcast.pipeline.batch.history import batches
from tests.apps.fleet import fleet
from tests.apps.rig import Site
from tests.pipeline.conftest import MLB_DAY, NBA_DAY

ABOUT: dict[str, Any] = {"schema_version": 1, "sport": "nba", "game_day": str(NBA_DAY)}
HASH = "0" * 24
POISON: list[tuple[str, dict[str, Any]]] = [
    ("raw-ready", {**ABOUT, "schema_version": 99}),
    ("raw-ready", {**ABOUT, "game_day": "2024-02-30"}),
    ("analytics-ready", {**ABOUT, "as_of": "yesterday"}),
    ("features-ready", {**ABOUT, "participants": -1}),
    ("prediction-request", {**ABOUT, "shard_id": "../../etc"}),
    ("prediction-request", {**ABOUT, "batch_id": HASH, "shard_id": HASH, "ordinal": 0, "participants": 1}),
    ("prediction-ready", {**ABOUT, "batch_id": HASH, "shard_id": HASH, "ordinal": 0, "state": "done", "token": 1}),
    ("lines-changed", {**ABOUT, "as_of": "2024-12-07T22:00:00Z", "people": []}),
]
NAMES = "O'Neal-Łuków.1/é"


@pytest.mark.proves("B6", "B7", "L30")
def test_poison_ends_once_on_record_and_everybody_else_is_published(league: Site) -> None:
    with fleet(league) as services:
        for topic, data in POISON:
            services.publish(topic, data, sport="nba")
        for sport, day in ((Sport.NBA, NBA_DAY), (Sport.MLB, MLB_DAY)):
            services.publish("raw-ready", {"schema_version": 1, "sport": sport.value, "game_day": str(day)})
        services.settle()
    letters = deadletters.waiting(league.backends().state)
    assert sorted((letter.topic, json.dumps(letter.payload)) for letter in letters) == sorted(
        (topic, json.dumps(data)) for topic, data in POISON
    )
    assert {code for _, code in services.pushed} == {204}
    for sport, day in ((Sport.NBA, NBA_DAY), (Sport.MLB, MLB_DAY)):
        assert league.backends().ledger.current(sport, day) is not None


@pytest.mark.proves("B6", "B12", "L30")
def test_what_was_given_up_is_not_worked_on_again(featured: Site) -> None:
    """A message that breaks a contract is looked at once, however often the bus brings it."""
    with fleet(featured) as services:
        worker = services.apps["prediction-worker"]
        warehouse: Any = services.coordinator.resources.backends.warehouse
        nobodys = {**ABOUT, "batch_id": HASH, "shard_id": HASH, "ordinal": 0, "participants": 1}
        assert worker.push("/predict", nobodys).status_code == 204
        trips = warehouse.round_trips
        assert {worker.push("/predict", nobodys, attempt=n).status_code for n in range(2, 200)} == {204}
        assert warehouse.round_trips == trips
    assert len(deadletters.waiting(featured.backends().state)) == 1


@pytest.mark.proves("B6", "B11")
def test_an_unknown_error_is_tried_three_times_and_then_given_up(
    featured: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError(NAMES)

    monkeypatch.setattr("propcast.apps.intake.start", broken)
    with fleet(featured) as services:
        services.publish("features-ready", ABOUT, name=NAMES)
        services.settle()
        assert services.answers("features-ready") == [500, 500, 204]
    (letter,) = deadletters.waiting(featured.backends().state)
    assert letter.reason == "permanent: 3 times ZeroDivisionError"
    assert letter.attributes["name"] == NAMES


@pytest.mark.proves("B6")
def test_a_service_that_never_answers_well_costs_eight_deliveries(
    league: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(*_: object, **__: object) -> None:
        raise TimeoutError

    monkeypatch.setattr("propcast.apps.analytics_processor.build_day_analytics", unavailable)
    with fleet(league) as services:
        services.publish("raw-ready", ABOUT)
        services.settle()
        assert services.answers("raw-ready") == [503] * 8
        assert services.answers("raw-ready-dead") == [204]
    (letter,) = deadletters.waiting(league.backends().state)
    assert (letter.topic, letter.reason) == ("raw-ready", "answer 503")


def test_a_batch_is_not_touched_by_news_of_another(featured: Site) -> None:
    def kept(claims: Any) -> list[Claim]:
        return [each for each in claims if not each.place.subscription.startswith("prediction-request.")]

    with fleet(featured) as services:
        services.meddle = kept
        services.publish("features-ready", ABOUT)
        services.settle()
        services.publish("prediction-ready", POISON[6][1])
        services.settle()
    (batch,) = batches(featured.backends())
    assert batch.is_open
