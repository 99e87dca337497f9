"""The one reader and the published schema agree, and neither takes a body that lost or renamed a field."""

import json
from collections.abc import Callable
from datetime import date, datetime

import jsonschema
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from propcast.service.health.body import MEDIA_TYPE, schema_text
from propcast.service.health.reader import UnreadableBody, read, write

FORMATS = jsonschema.FormatChecker(formats=())
FORMATS.checks("date-time", ValueError)(lambda text: not isinstance(text, str) or bool(datetime.fromisoformat(text)))
FORMATS.checks("date", ValueError)(lambda text: not isinstance(text, str) or bool(date.fromisoformat(text)))
SCHEMA = jsonschema.Draft202012Validator(json.loads(schema_text()), format_checker=FORMATS)
Json = dict[str, object]


def good() -> Json:
    """The body of the contract's example, with one entry of each status."""
    entry = {
        "componentType": "datastore", "observedValue": 212.4, "observedUnit": "ms", "status": "pass",
        "critical": True, "duration_ms": 214.0, "time": "2026-11-30T14:05:10Z",
    }  # fmt: skip
    expected = {"reason": "not published yet", "expires": "2026-12-15"}
    return {
        "status": "fail", "version": "1", "releaseId": "1.14.0", "serviceId": "prediction-worker", "revision": "r-7",
        "image_digest": "sha256:" + "a" * 64, "environment": "staging", "config_hash": "0123456789ab",
        "models": [{"model_id": "m", "sha256": "s", "feature_hash": "f", "alias": "champion"}],
        "time": "2026-11-30T14:05:10Z", "cached": True,
        "checks": {
            "warehouse:round_trip": [entry],
            "process:memory": [{**entry, "status": "warn", "observedValue": 91, "output": "error"}],
            "models:unloaded": [{**entry, "status": "fail", "observedValue": None, "expected": expected}],
        },
        "skipped": {"telemetry:export_age": "no collector"},
        "checks_passed": 1, "checks_warned": 1, "checks_failed": 1, "checks_skipped": 1, "total_duration_ms": 214.0,
    }  # fmt: skip


def told(body: Json, code: int = 503, media_type: str = MEDIA_TYPE) -> object:
    return read(code, media_type, json.dumps(body).encode())


def paths(value: object, here: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every field of a document."""
    found: list[tuple[str | int, ...]] = []
    if isinstance(value, dict):
        for name, inner in value.items():
            found += [(*here, name), *paths(inner, (*here, name))]
    if isinstance(value, list):
        for index, inner in enumerate(value):
            found += paths(inner, (*here, index))
    return found


def changed(path: tuple[str | int, ...], change: Callable[[Json, str], None]) -> Json:
    """The good body with one field changed."""
    body = good()
    at: object = body
    for step in path[:-1]:
        at = at[step]  # type: ignore[index]
    change(at, str(path[-1]))  # type: ignore[arg-type]
    return body


def accepted_by_both(body: Json) -> bool:
    """Whether schema and reader take a body; they must agree."""
    schema, reader = SCHEMA.is_valid(body), True
    try:
        told(body)
    except UnreadableBody:
        reader = False
    assert schema == reader, (schema, reader)
    return schema


OPTIONAL = {"image_digest", "cached", "alias", "output", "expected"}
DATA = {"warehouse:round_trip", "process:memory", "models:unloaded", "telemetry:export_age"}
FIELDS = [path for path in paths(good()) if path[-1] not in DATA]


def test_the_example_of_the_contract_is_read_and_written_back_unchanged() -> None:
    assert accepted_by_both(good())
    body = read(503, MEDIA_TYPE, json.dumps(good()).encode())
    assert json.loads(write(body)) == good()


@pytest.mark.proves("H12", "L10")
@pytest.mark.parametrize("path", FIELDS, ids=lambda path: ".".join(map(str, path)))
def test_a_removed_field_is_noticed(path: tuple[str | int, ...]) -> None:
    body = changed(path, lambda holder, name: holder.__delitem__(name))
    assert accepted_by_both(body) == (path[-1] in OPTIONAL)


@pytest.mark.proves("H12", "L10")
@pytest.mark.parametrize("path", [path for path in FIELDS if path[0] != "models"], ids=lambda p: ".".join(map(str, p)))
def test_a_renamed_field_is_noticed(path: tuple[str | int, ...]) -> None:
    def rename(holder: Json, name: str) -> None:
        holder[f"{name}_2"] = holder.pop(name)

    body = changed(path, rename)
    if path[-1] in ("reason", "expires"):  # the schema lets a declaration say more, the reader does not
        with pytest.raises(UnreadableBody):
            told(body)
    else:
        assert not accepted_by_both(body)


@given(st.sampled_from(FIELDS), st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.just("pass"), st.just([])))
def test_schema_and_reader_never_disagree_about_a_value(path: tuple[str | int, ...], value: object) -> None:
    assume(not (value is None and path[-1] in OPTIONAL))  # to the reader, null is as good as absent
    body = changed(path, lambda holder, name: holder.__setitem__(name, value))
    counters = str(path[-1]).startswith("checks_") or path[-1] == "status"
    schema = SCHEMA.is_valid(body)
    try:
        told(body, 200 if body["status"] in ("pass", "warn") else 503)
    except UnreadableBody:
        assert not schema or counters
    else:
        assert schema


@pytest.mark.parametrize(
    ("code", "media_type", "body"),
    [
        (200, MEDIA_TYPE, good()),  # a failure is sent with 503
        (503, "application/json", good()),
        (503, MEDIA_TYPE, {**good(), "checks_passed": 2}),
        (503, MEDIA_TYPE, {**good(), "checks_skipped": 0}),
        (404, MEDIA_TYPE, {**good(), "status": "pass"}),
    ],
)
def test_an_answer_that_contradicts_itself_is_not_read(code: int, media_type: str, body: Json) -> None:
    with pytest.raises(UnreadableBody):
        told(body, code, media_type)


@pytest.mark.parametrize("raw", [b"", b"null", b"<html>", b"[]", b"\xff"])
def test_what_is_no_body_is_not_read(raw: bytes) -> None:
    with pytest.raises(UnreadableBody):
        read(200, MEDIA_TYPE, raw)
