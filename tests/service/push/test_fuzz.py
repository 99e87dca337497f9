"""Whatever bytes are pushed: one outcome, one record, and the handler only ever sees a valid message."""

import base64
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from propcast.core.errors import InputError
from propcast.service.push import Delivery, Outcome, Result
from tests.service.push.bench import GOOD, Bench, Shard, envelope
from tests.service.toys import events

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
instants = ["2026-11-30T14:05:10Z", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "2026-13-01", "now"]
encoded = st.binary().map(lambda raw: base64.b64encode(raw).decode())
parts: dict[str, st.SearchStrategy[object]] = {
    "data": encoded | st.text() | json_values,
    "messageId": st.text() | json_values,
    "publishTime": st.sampled_from(instants) | json_values,
    "attributes": st.dictionaries(st.text(), st.text() | json_values) | json_values,
}


@st.composite
def nearly_good(draw: st.DrawFn) -> bytes:
    """A good push with one part replaced or removed."""
    pushed = json.loads(envelope())
    name = draw(st.sampled_from([*parts, "subscription", "deliveryAttempt"]))
    holder = pushed["message"] if name in parts else pushed
    if draw(st.booleans()):
        holder[name] = draw(parts.get(name, json_values))
    else:
        holder.pop(name, None)
    return json.dumps(pushed).encode()


def dated(instant: str) -> bytes:
    pushed = json.loads(envelope())
    pushed["message"]["publishTime"] = instant
    return json.dumps(pushed).encode()


@pytest.mark.proves("B6", "S4")
@given(nearly_good() | st.binary() | json_values.map(lambda value: json.dumps(value).encode()))
@example(dated(instants[1]))
@example(dated(instants[2]))
def test_whatever_is_pushed_gets_exactly_one_outcome_and_one_record(raw: bytes) -> None:
    bench = Bench()
    result = bench.take(raw)
    assert result.outcome in (Outcome.POISON, Outcome.DONE)
    assert len(bench.buried) == (result.outcome is Outcome.POISON)
    assert len(events(bench.stream)) == 1


@given(st.dictionaries(st.sampled_from([*GOOD, "x"]), json_values))
def test_whatever_a_message_holds_the_handler_sees_a_valid_one_or_none(changes: dict[str, object]) -> None:
    seen: list[Shard] = []

    def handle(message: Shard, delivery: Delivery) -> Result:
        seen.append(message)
        return Result(Outcome.DONE)

    try:
        raw = envelope({**GOOD, **changes})
    except InputError:  # the bus would not have taken it
        return
    result = Bench(handle).take(raw)
    assert len(seen) == (result.outcome is Outcome.DONE)
    assert all(1 <= message.participants <= 128 for message in seen)
