"""Every topic has one typed, bounded message; what does not fit is refused."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from propcast.core.sport import Sport
from propcast.pipeline.messages import MODELS, AboutDay, LinesChanged, RawReady, Topic, attributes_of, body_of

ALL = pytest.mark.parametrize("topic", list(Topic))


def example(topic: Topic) -> dict[str, object]:
    extra = MODELS[topic].model_config["json_schema_extra"]
    assert isinstance(extra, dict)
    found = extra["examples"]
    assert isinstance(found, list)
    assert isinstance(found[0], dict)
    return dict(found[0])


@ALL
def test_an_example_reads_and_writes(topic: Topic) -> None:
    message = MODELS[topic].model_validate(example(topic))
    assert MODELS[topic].model_validate(body_of(message)) == message
    assert message.sport is Sport.NBA


@ALL
@pytest.mark.parametrize(
    "change",
    [{"schema_version": 2}, {"sport": "nhl"}, {"game_day": "1066-10-14"}, {"game_day": None}],
)
def test_what_does_not_fit_is_refused(topic: Topic, change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        MODELS[topic].model_validate(example(topic) | change)


@ALL
@pytest.mark.proves("D5")
def test_what_a_later_release_adds_is_left_aside(topic: Topic) -> None:
    message = MODELS[topic].model_validate(example(topic))
    assert MODELS[topic].model_validate(example(topic) | {"surprise": {"at": 1}}) == message


@pytest.mark.parametrize("number", [0, 1733529600, "1733529600", "0", 1.5, True])
def test_a_number_is_no_date_and_no_instant(number: object) -> None:
    """Seconds since 1970 would be taken for the day or moment that somebody meant."""
    for change in ({"game_day": number}, {"as_of": number}):
        with pytest.raises(ValidationError):
            RawReady.model_validate(example(Topic.RAW_READY) | change)


@pytest.mark.parametrize("instant", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2025-07-01T12:00:00"])
def test_an_instant_is_bounded_and_has_an_offset(instant: str) -> None:
    with pytest.raises(ValidationError):
        RawReady.model_validate(example(Topic.RAW_READY) | {"as_of": instant})


def test_an_instant_is_kept_in_utc() -> None:
    """Frames compare instants of one zone only."""
    message = RawReady.model_validate(example(Topic.RAW_READY) | {"as_of": "2025-07-01T08:00:00-04:00"})
    assert message.as_of == datetime(2025, 7, 1, 12, tzinfo=UTC)
    assert message.as_of.tzinfo is UTC


def test_a_message_names_a_bounded_number_of_people() -> None:
    person = {"event_id": "nba:1", "participant_id": "nba:2"}
    with pytest.raises(ValidationError):
        LinesChanged.model_validate(example(Topic.LINES_CHANGED) | {"people": [person] * 5001})
    with pytest.raises(ValidationError):
        LinesChanged.model_validate(example(Topic.LINES_CHANGED) | {"people": [person | {"event_id": "x" * 201}]})


def test_attributes_are_what_subscriptions_filter_by() -> None:
    message = AboutDay.model_validate({"sport": "mlb", "game_day": "2025-07-02"})
    until = datetime(2025, 7, 2, 23, tzinfo=UTC)
    assert attributes_of(message) == {"sport": "mlb", "game_day": "2025-07-02"}
    assert attributes_of(message, until)["deadline"] == "2025-07-02T23:00:00.000000+00:00"


def test_every_topic_has_its_dead_letters() -> None:
    assert Topic.RAW_READY.dead == "raw-ready-dead"
    assert set(MODELS) == set(Topic)
