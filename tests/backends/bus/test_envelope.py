"""The push envelope: what goes out comes back, and nothing else comes in."""

import base64
import contextlib
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propcast.backends.bus.envelope import Envelope, MalformedEnvelope, decode, encode
from propcast.backends.bus.port import DEADLINE, Message
from propcast.core.errors import InputError

NOON = datetime(2026, 11, 25, 12, 0, 0, 123456, tzinfo=UTC)
NAMES = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


def pushed(**changes: Any) -> dict[str, Any]:
    message = {
        "data": base64.b64encode(b'{"shard": 1}').decode(),
        "attributes": {"sport": "nba"},
        "messageId": "17",
        "publishTime": "2026-11-25T12:00:00.123456Z",
    }
    return {
        "message": message | changes,
        "subscription": "projects/p/subscriptions/worker-predict",
        "deliveryAttempt": 2,
    }


def read(body: Any) -> Envelope:
    return decode(json.dumps(body).encode())


@pytest.mark.proves("B11")
@given(data=st.dictionaries(NAMES, VALUES, max_size=4), attributes=st.dictionaries(NAMES, NAMES, max_size=3))
def test_what_is_encoded_comes_back(data: dict[str, Any], attributes: dict[str, str]) -> None:
    envelope = Envelope(Message("a1-9", data, attributes, NOON), "précompute/process", 3)
    assert decode(encode(envelope)) == envelope


def test_the_body_is_what_pubsub_pushes() -> None:
    body = json.loads(encode(Envelope(Message("17", {"shard": 1}, {"sport": "nba"}, NOON), "worker-predict", 2)))
    assert body == {
        "message": {
            "data": base64.b64encode(b'{"shard":1}').decode(),
            "attributes": {"sport": "nba"},
            "messageId": "17",
            "publishTime": "2026-11-25T12:00:00.123456+00:00",
        },
        "subscription": "worker-predict",
        "deliveryAttempt": 2,
    }


def test_what_google_pushes_is_read_with_its_spare_keys_and_long_names() -> None:
    body = pushed(message_id="17", publish_time="2026-11-25T12:00:00.123Z", orderingKey="k")
    assert read(body) == Envelope(Message("17", {"shard": 1}, {"sport": "nba"}, NOON), "worker-predict", 2)
    del body["deliveryAttempt"], body["message"]["attributes"]
    assert read(body) == Envelope(Message("17", {"shard": 1}, {}, NOON), "worker-predict", None)


def test_a_replay_keeps_the_key_of_the_first_publication() -> None:
    assert read(pushed(attributes={"original_message_id": "3"})).message.key == "3"
    assert read(pushed()).message.key == "17"


def test_instants_become_utc() -> None:
    eastern = NOON.astimezone(timezone(timedelta(hours=-5)))
    assert decode(encode(Envelope(Message("1", {}, {}, eastern), "s"))).message.published_at == NOON
    assert read(pushed(publishTime="2026-11-25T12:00:00.123456789Z")).message.published_at == NOON


@pytest.mark.proves("B6")
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"{}",
        b"[" * 200_000,
        b'{"message": NaN}',
        b'{"message": 1, "subscription": "s"}',
        b'{"message": ' + b"9" * 5000 + b"}",
    ],
    ids=["empty", "not utf-8", "null", "list", "no message", "deep", "nan", "message is a number", "huge number"],
)
def test_a_body_that_is_no_envelope_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedEnvelope):
        decode(body)


@pytest.mark.proves("B6")
@pytest.mark.parametrize(
    "changes",
    [
        {"data": None},
        {"data": ""},
        {"data": 7},
        {"data": "not base64!"},
        {"data": base64.b64encode(b"[1]").decode()},
        {"data": base64.b64encode(b"\xff").decode()},
        {"data": base64.b64encode(b'{"x": Infinity}').decode()},
        {"data": base64.b64encode(b'{"x": "\\ud800"}').decode()},
        {"data": base64.b64encode(b'{"x": ' + b"[" * 100_000).decode()},
        {"attributes": {"n": 1}},
        {"attributes": []},
        {"messageId": ""},
        {"messageId": 17},
        {"messageId": "nul\0"},
        {"messageId": "é" * 126},
        {"attributes": {"original_message_id": "nul\0"}},
        {"attributes": {"original_message_id": ""}},
        {"attributes": {DEADLINE: "soon"}},
        {"attributes": {DEADLINE: ""}},
        {"attributes": {DEADLINE: "2026-11-25T17:00:00"}},
        {"publishTime": "yesterday"},
        {"publishTime": "9999-12-31T23:59:59Z"},
        {"publishTime": "0001-01-01T00:00:00Z"},
        {"publishTime": None},
    ],
)
def test_a_message_with_a_bad_part_is_malformed(changes: dict[str, Any]) -> None:
    with pytest.raises(MalformedEnvelope):
        read(pushed(**changes))


@given(st.recursive(VALUES, lambda inner: st.fixed_dictionaries({"message": inner, "subscription": inner})))
def test_any_json_is_an_envelope_or_malformed(body: object) -> None:
    with contextlib.suppress(MalformedEnvelope):
        read(body)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", NOON])
def test_data_without_a_json_form_is_refused_at_the_publisher(value: Any) -> None:
    with pytest.raises(InputError, match="no JSON form"):
        encode(Envelope(Message("1", {"x": value}, {}, NOON), "s"))
