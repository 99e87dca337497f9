"""Log events have the contract's fields and no others, and carry the ids of the work they belong to."""

import io

import pytest

from propcast.service.telemetry import correlation
from propcast.service.telemetry.logs import FIELDS, fingerprint
from propcast.service.telemetry.traces import Unexported
from tests.service.client import served
from tests.service.toys import events, logging_to, toy_app

CONTRACT = (
    "time, severity, event, service, revision, release, environment, trace_id, span_id, correlation_id, message_id, "
    "attempt, batch_id, shard_id, sport, game_day, outcome, reason, error_class, fingerprint, duration_ms"
)


def test_the_fields_are_those_of_the_contract() -> None:
    assert ", ".join(FIELDS) == CONTRACT


@pytest.mark.proves("S5")
def test_a_field_beyond_the_list_does_not_get_out() -> None:
    stream = io.StringIO()
    logging_to(stream).info("something_happened", payload={"player": "x"}, token="hunter2", outcome="done")  # noqa: S106
    (told,) = events(stream)
    assert set(told) <= set(FIELDS)
    assert (told["event"], told["outcome"], told["severity"]) == ("something_happened", "done", "INFO")
    assert told["time"] == "2026-11-30T14:05:10.000Z"


def test_ids_of_the_work_are_on_every_event_inside_it_and_gone_after_it() -> None:
    stream = io.StringIO()
    log = logging_to(stream)
    with correlation.about(batch_id="b-1", sport="nba"), correlation.about(shard_id="s-1"):
        log.info("inside")
    log.info("after")
    inside, after = events(stream)
    assert (inside["batch_id"], inside["sport"], inside["shard_id"]) == ("b-1", "nba", "s-1")
    assert not {"batch_id", "shard_id"} & set(after)


def raised(work: object) -> BaseException:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - any
        work()  # type: ignore[operator]
    return caught.value


def test_a_fingerprint_is_the_same_for_the_same_kind_of_error_whatever_its_values() -> None:
    def one(value: str) -> None:
        raise ValueError(value)

    def other(value: str) -> None:
        raise ValueError(value)

    first = fingerprint(raised(lambda: one("a")))
    assert first == fingerprint(raised(lambda: one("b")))
    assert first != fingerprint(raised(lambda: other("a")))
    assert len(first) == 12


@pytest.mark.parametrize(
    ("told", "kept"), [("slate-2026.11:30_a", True), ("", False), ("a b", False), ("x" * 65, False), ("é", False)]
)
def test_a_correlation_id_is_taken_over_if_it_is_one(told: str, *, kept: bool) -> None:
    found = correlation.origin({correlation.HEADER: told}).correlation_id
    assert (found == told) is kept
    assert found


@pytest.mark.parametrize("told", ["", "00-" + "0" * 32 + "-" + "1" * 16 + "-01", "zz", f"00-{'a' * 32}-{'b' * 16}"])
def test_a_trace_parent_that_is_none_begins_a_new_trace(told: str) -> None:
    assert correlation.origin({"traceparent": told}).parent is None


def test_ids_go_on_to_other_services_and_into_messages() -> None:
    parent = f"00-{'a' * 32}-{'b' * 16}-01"
    origin = correlation.origin({"x-correlation-id": "slate", "traceparent": parent})
    with correlation.about(correlation_id=origin.correlation_id), Unexported().span("work", origin):
        headers, attributes = correlation.outgoing_headers(), correlation.outgoing_attributes()
    assert (headers["x-correlation-id"], attributes["correlation_id"]) == ("slate", "slate")
    assert headers["traceparent"].startswith(f"00-{'a' * 32}-")
    assert "b" * 16 not in headers["traceparent"]
    assert correlation.outgoing_headers() == {}


def test_a_request_carries_its_ids_into_log_and_answer() -> None:
    stream = io.StringIO()
    with served(toy_app(log=logging_to(stream))) as client:
        answer = client.get(
            "/open", headers={"X-Correlation-ID": "slate-1", "traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}
        )
        client.get("/ready")
    handled = [event for event in events(stream) if event["event"] == "request_handled"]
    assert answer.headers["x-correlation-id"] == "slate-1"
    assert [(e["correlation_id"], e["trace_id"], e["reason"]) for e in handled] == [("slate-1", "a" * 32, "GET /open")]
