"""The bus as data: every topic has a taker and a place for its dead letters; every path gets what is meant for it."""

from pathlib import Path

import pytest

from propcast.backends.bus.sqlite import SqliteBus
from propcast.core.clock import SystemClock
from propcast.pipeline.messages import Topic
from propcast.service.catalogue import (
    ANALYTICS_PROCESSOR,
    MLB_PREDICTION_WORKER,
    PREDICTION_COORDINATOR,
    PREDICTION_WORKER,
    SERVICES,
)
from propcast.service.topics import (
    Places,
    living_topic,
    scratch_subscription,
    sent_by,
    subscriptions,
    taken_by,
    topics,
)

HERE = Places()


@pytest.mark.parametrize("topic", Topic)
def test_every_topic_is_taken_and_its_dead_letters_are_too(topic: Topic) -> None:
    found = subscriptions(HERE)
    takers = [each for each in found if each.topic == topic.value]
    assert takers
    assert {each.dead_letter_topic for each in takers} == {topic.dead}
    assert [each.endpoint for each in found if each.topic == topic.dead] == ["http://127.0.0.1:8081/dead-letters"]


def test_a_request_goes_to_the_worker_of_its_sport_and_a_sampled_one_to_its_canary() -> None:
    found = {each.endpoint: each.filter for each in subscriptions(HERE) if each.topic == Topic.PREDICTION_REQUEST}
    assert found == {
        f"{PREDICTION_WORKER.local_url}/predict": {"sport": "nba", "lane": None},
        f"{MLB_PREDICTION_WORKER.local_url}/predict": {"sport": "mlb", "lane": None},
        f"{PREDICTION_WORKER.local_url}/predict-sampled": {"sport": "nba", "lane": "canary"},
        f"{MLB_PREDICTION_WORKER.local_url}/predict-sampled": {"sport": "mlb", "lane": "canary"},
    }


def test_on_a_platform_a_lane_ends_at_the_address_of_its_tag_for_the_audience_of_the_service() -> None:
    url = "https://prediction-worker-1.us-east1.run.app"
    found = {each.name: each for each in subscriptions(Places({"prediction-worker": url}))}
    lane = found["prediction-request.prediction-worker.canary"]
    assert lane.endpoint == "https://canary---prediction-worker-1.us-east1.run.app/predict-sampled"
    assert lane.audience == url
    assert found["prediction-request.prediction-worker"].endpoint == f"{url}/predict"


def test_the_audience_of_a_push_is_the_service_that_it_goes_to() -> None:
    assert all(each.endpoint.startswith(f"{each.audience}/") for each in subscriptions(HERE) if each.endpoint)


def test_the_whole_bus_can_be_declared_twice(tmp_path: Path) -> None:
    bus = SqliteBus(tmp_path / "bus.sqlite", SystemClock())
    for _ in range(2):
        bus.ensure(topics(HERE), subscriptions(HERE))
    names = [each.name for each in subscriptions(HERE)]
    assert len(set(names)) == len(names)
    assert bus.missing(topics(HERE), names) == []


def test_each_service_drains_a_scratch_subscription_that_nothing_is_pushed_from() -> None:
    by_hand = {each.name for each in subscriptions(HERE) if not each.endpoint}
    assert by_hand == {scratch_subscription(entry) for entry in SERVICES}


def test_a_topic_can_be_called_otherwise_and_a_service_be_elsewhere() -> None:
    places = Places({"analytics-processor": "http://10.0.0.7:9"}, {"raw-ready": "league-raw"}, divisor=10)
    (found,) = (each for each in subscriptions(places) if each.topic == "league-raw")
    assert (found.endpoint, found.audience) == ("http://10.0.0.7:9/process", "http://10.0.0.7:9")
    assert (found.dead_letter_topic, found.min_backoff_s) == ("league-raw-dead", 1.0)
    assert {"league-raw", "league-raw-dead"} <= set(topics(places))


def test_what_a_service_sends_and_takes_is_read_off_the_same_data() -> None:
    assert sent_by(ANALYTICS_PROCESSOR, HERE) == ["analytics-ready"]
    assert taken_by(ANALYTICS_PROCESSOR, HERE) == ["raw-ready.analytics-processor"]
    assert len(taken_by(PREDICTION_COORDINATOR, HERE)) == 3 + len(Topic)


def test_a_subscription_names_its_topic() -> None:
    known = subscriptions(HERE)
    assert living_topic("prediction-request.prediction-worker", known) == "prediction-request"
    assert living_topic("somebody-elses", known) == "somebody-elses"
