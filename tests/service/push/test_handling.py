"""The acknowledgement table, row by row: what the bus is told, and what is on record before it is told."""

import base64
import json
from pathlib import Path

import pytest

from propcast.backends.secrets.port import MissingSecret
from propcast.backends.state import deadletters
from propcast.backends.state.sqlite import SqliteState
from propcast.core.clock import FixedClock
from propcast.core.errors import (
    ContractViolation,
    Denied,
    InputError,
    LeakDetected,
    ModelRefused,
    NotReady,
    PropCastError,
    StoreConflict,
    StoreUnavailable,
)
from propcast.service.push import Buried, Delivery, Outcome, Result
from propcast.service.push.desk import keep
from propcast.service.push.outcome import classify
from propcast.service.telemetry import declared
from tests.service.push.bench import GOOD, TOPIC, Bench, Shard, envelope, raising
from tests.service.toys import NOW, events


@pytest.mark.proves("B6", "L30")
@pytest.mark.parametrize(
    ("outcome", "code", "buried"),
    [
        (Outcome.DONE, 204, 0), (Outcome.DUPLICATE, 204, 0), (Outcome.POISON, 204, 1), (Outcome.PERMANENT, 204, 1),
        (Outcome.ABSTAINED, 204, 0), (Outcome.NOT_YET, 204, 0), (Outcome.STALE, 204, 0), (Outcome.BUSY, 429, 0),
        (Outcome.TRANSIENT, 503, 0), (Outcome.UNCLASSIFIED, 500, 0), (Outcome.OVERLOADED, 429, 0),
    ],
)  # fmt: skip
def test_what_a_handler_returns_is_what_the_bus_is_told(outcome: Outcome, code: int, buried: int) -> None:
    bench = Bench(lambda message, delivery: Result(outcome, "why"))
    assert bench.take(envelope()).outcome.code == code
    assert len(bench.buried) == buried


def test_every_outcome_has_a_row_in_the_table() -> None:
    assert {outcome.code for outcome in Outcome} == {204, 429, 500, 503}
    assert len(Outcome) == 11


@pytest.mark.proves("B6", "L30")
@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (InputError("no participant nba:7"), Outcome.PERMANENT), (ContractViolation("x"), Outcome.PERMANENT),
        (ModelRefused("x"), Outcome.PERMANENT), (LeakDetected("x"), Outcome.PERMANENT),
        (Denied("x"), Outcome.PERMANENT),
        (PermissionError(13, "x"), Outcome.PERMANENT), (StoreConflict("x"), Outcome.TRANSIENT),
        (StoreUnavailable("x"), Outcome.TRANSIENT), (MissingSecret("x"), Outcome.TRANSIENT),
        (TimeoutError(), Outcome.TRANSIENT), (ConnectionResetError(), Outcome.TRANSIENT),
        (OSError(28, "No space left on device"), Outcome.TRANSIENT), (OSError(24, "Too many files"), Outcome.TRANSIENT),
        (NotReady("x"), Outcome.NOT_YET), (FileNotFoundError(2, "x"), Outcome.UNCLASSIFIED),
        (ValueError("x"), Outcome.UNCLASSIFIED), (PropCastError("x"), Outcome.UNCLASSIFIED),
    ],
)  # fmt: skip
def test_what_an_error_means(error: Exception, outcome: Outcome) -> None:
    assert classify(error) is outcome


def test_a_permanent_error_is_on_record_before_it_is_acknowledged() -> None:
    bench = raising(InputError("no participant nba:7; check the roster"))
    assert bench.take(envelope()).outcome is Outcome.PERMANENT
    (buried,) = bench.buried
    assert (buried.topic, buried.message_id, buried.payload) == (TOPIC, "m-1", GOOD)
    assert buried.reason == "no participant nba:7; check the roster"


@pytest.mark.parametrize("raw", [b"{", envelope({"schema_version": 2})], ids=["no envelope", "unknown version"])
def test_what_cannot_be_put_on_record_is_not_acknowledged(raw: bytes) -> None:
    def full(_: Buried) -> None:
        raise StoreUnavailable("disk full")

    assert Bench(bury=full).take(raw).outcome is Outcome.TRANSIENT


@pytest.mark.proves("B6", "B12", "L30")
def test_the_third_unknown_failure_of_the_same_kind_is_permanent() -> None:
    bench = raising(ValueError("value 42"))
    outcomes = [bench.take(envelope()).outcome for _ in range(3)]
    assert outcomes == [Outcome.UNCLASSIFIED, Outcome.UNCLASSIFIED, Outcome.PERMANENT]
    assert bench.buried[0].reason == "3 times ValueError"
    assert bench.take(envelope(number="m-2")).outcome is Outcome.UNCLASSIFIED  # another message counts for itself


def test_a_replay_counts_on_from_its_original() -> None:
    bench = raising(ValueError())
    for number in ("m-1", "m-8", "m-9"):
        result = bench.take(envelope(number=number, original_message_id="m-1"))
    assert result.outcome is Outcome.PERMANENT


def test_failures_of_different_kinds_are_counted_apart() -> None:
    failures = iter([ValueError(), KeyError(), ValueError(), KeyError()])

    def handle(message: Shard, delivery: Delivery) -> Result:
        raise next(failures)

    bench = Bench(handle)
    assert {bench.take(envelope()).outcome for _ in range(4)} == {Outcome.UNCLASSIFIED}


@pytest.mark.proves("L31")
def failing(code: StoreUnavailable | StoreConflict | TimeoutError, budget: int | None) -> Bench:
    bench = raising(code)
    bench.budget = budget
    return bench


@pytest.mark.proves("B6")
def test_where_the_bus_counts_every_answer_only_failures_of_the_handler_are_charged() -> None:
    bench = failing(StoreUnavailable("locked"), budget=8)
    ends = [bench.take(envelope()).outcome for _ in range(8)]
    assert ends == [Outcome.TRANSIENT] * 7 + [Outcome.PERMANENT]
    (buried,) = bench.buried
    assert buried.reason == "8 deliveries failed; the last: locked"
    assert bench.take(envelope(number="m-2")).outcome is Outcome.TRANSIENT


def test_what_is_not_charged_uses_up_no_budget() -> None:
    bench = Bench(lambda message, delivery: Result(Outcome.BUSY), budget=2)
    assert {bench.take(envelope()).outcome for _ in range(10)} == {Outcome.BUSY}
    assert bench.buried == []


def test_where_the_bus_charges_deliveries_nobody_else_does() -> None:
    bench = failing(StoreConflict("first"), budget=None)
    assert {bench.take(envelope()).outcome for _ in range(20)} == {Outcome.TRANSIENT}


def test_what_is_not_ready_goes_into_the_outbox_and_is_no_failure() -> None:
    bench = raising(NotReady("features of 2026-11-30 are not built"))
    bench.postpone = lambda topic, delivery, _: bench.postponed.append((topic, delivery))
    assert bench.take(envelope()).outcome is Outcome.NOT_YET
    assert [(topic, delivery.key) for topic, delivery in bench.postponed] == [(TOPIC, "m-1")]


def test_what_cannot_be_put_aside_stays_with_the_bus() -> None:
    def full(_: str, __: Delivery, ___: NotReady) -> None:
        raise StoreUnavailable("disk full")

    for postpone in (None, full):
        bench = raising(NotReady("not built"))
        bench.postpone = postpone
        assert bench.take(envelope()).outcome is Outcome.TRANSIENT


def test_a_delivery_is_counted_and_told_with_the_ids_of_its_message() -> None:
    bench = raising(InputError("no participant nba:7"))
    parent = f"00-{'a' * 32}-{'b' * 16}-01"
    bench.take(envelope(correlation_id="slate-2026-11-30", traceparent=parent))
    (told,) = events(bench.stream)
    assert told["event"] == "delivery_handled"
    assert (told["correlation_id"], told["message_id"], told["attempt"]) == ("slate-2026-11-30", "m-1", 1)
    assert (told["trace_id"], told["outcome"], told["error_class"]) == ("a" * 32, "permanent", "InputError")
    counted = f'{declared.DELIVERIES.name}{{outcome="permanent",topic="{TOPIC}"}} 1.0'
    assert counted in bench.metrics.text().decode()


def test_payloads_are_not_logged() -> None:
    bench = Bench()
    bench.take(envelope())
    bench.take(envelope({**GOOD, "participants": "hunter2"}))
    assert "Núñez" not in bench.stream.getvalue()
    assert "hunter2" not in bench.stream.getvalue()


BROKEN: dict[str, bytes] = {
    "nothing": b"",
    "text": b"hello",
    "list": b"[]",
    "no message": b"{}",
    "no data": b'{"message": {"messageId": "1", "publishTime": "2026-11-30T14:05:10Z"}, "subscription": "s"}',
    "no base64": b'{"message": {"data": "%%", "messageId": "1", "publishTime": "2026-11-30T14:05:10Z"}}',
    "no object": json.dumps({
        "message": {"data": base64.b64encode(b"[1]").decode(), "messageId": "1", "publishTime": "2026-11-30T00:00:00Z"},
        "subscription": "s",
    }).encode(),
    "deep": b'{"message":' * 100_000,
    "deep data": envelope({**GOOD, "x": json.loads("[" * 500 + "]" * 500)}),
    "unknown version": envelope({**GOOD, "schema_version": 2}),
    "impossible value": envelope({**GOOD, "participants": 0}),
    "missing field": envelope({"schema_version": 1}),
    "wrong type": envelope({**GOOD, "shard_id": None}),
}  # fmt: skip


@pytest.mark.proves("B6", "B7", "L30")
@pytest.mark.parametrize("raw", BROKEN.values(), ids=BROKEN.keys())
def test_poison_is_a_dead_letter_and_never_reaches_the_handler(raw: bytes, tmp_path: Path) -> None:
    state = SqliteState(tmp_path / "state.sqlite", FixedClock(NOW))

    def handle(message: Shard, delivery: Delivery) -> Result:
        raise AssertionError("reached")

    assert (
        Bench(handle, bury=lambda buried: state.transact(lambda tx: keep(tx, buried))).take(raw).outcome
        is Outcome.POISON
    )
    (letter,) = deadletters.waiting(state)
    assert letter.reason.startswith("poison: ")
    assert letter.topic == TOPIC
