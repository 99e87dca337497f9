"""Declared failures: exact, short, owned; in production for optional checks only; never more than a verdict."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from propcast.core.errors import InputError
from propcast.service.asking import Answer, Question
from propcast.service.expectations import Expectations, load
from propcast.service.health.body import Status
from propcast.service.verdict import Overall, judge
from tests.service.client import served
from tests.service.health.bodies import body_of
from tests.service.toys import toy_service

TODAY = date(2026, 11, 30)
GOOD: Mapping[str, str | None] = {
    "service": '"prediction-worker"', "check": '"models:unloaded"', "status": '"fail"',
    "reason": '"no NBA champion is published to the staging bucket yet"', "owner": '"forecasting"',
    "expires": "2026-12-15",
}  # fmt: skip


def declared(
    tmp_path: Path, environment: str = "staging", today: date = TODAY, changed: Mapping[str, str | None] = GOOD
) -> Expectations:
    """What is read when one declaration differs from the good one."""
    rows = {name: value for name, value in {**GOOD, **changed}.items() if value is not None}
    lines = [f"[[environments.{environment}.expect]]", *(f"{name} = {value}" for name, value in rows.items())]
    file = tmp_path / "propcast.toml"
    file.write_text("\n".join(lines))
    return load(environment, today, file)


def test_a_good_declaration_is_read_and_others_environments_are_not(tmp_path: Path) -> None:
    (found,) = declared(tmp_path).declared
    assert (found.check, found.owner, found.expires) == ("models:unloaded", "forecasting", date(2026, 12, 15))
    assert load("local", TODAY, tmp_path / "propcast.toml").declared == ()
    assert load("staging", TODAY, tmp_path / "none.toml").declared == ()


@pytest.mark.proves("H13", "L9")
@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"check": '"models:*"'}, "exactly one, no pattern"), ({"check": '"models"'}, "names no check"),
        ({"check": '"published:age"'}, "names no check of it"), ({"service": '"*"'}, "names no service"),
        ({"service": '"prediction-workers"'}, "did you mean 'prediction-worker'"),
        ({"expires": "2026-12-31"}, "more than 30 days"), ({"status": '"pass"'}, "only `warn` or `fail`"),
        ({"reason": '""'}, "reason"), ({"owner": None}, "owner"), ({"expires": None}, "expires"),
        ({"expires": '"soon"'}, "expires"), ({"status": '"unreachable"'}, "status"), ({"note": '"x"'}, "note"),
    ],
)  # fmt: skip
def test_a_declaration_that_is_too_broad_too_long_or_incomplete_is_refused(
    tmp_path: Path, changed: dict[str, str | None], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        declared(tmp_path, changed=changed)


@pytest.mark.proves("H13", "L9")
def test_in_production_only_an_optional_check_can_be_excused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="critical"):
        declared(tmp_path, "production")
    assert declared(tmp_path, "production", changed={"check": '"features:age"'}).declared


@pytest.mark.proves("H13")
def test_an_expired_declaration_is_read_and_no_longer_counts(tmp_path: Path) -> None:
    last_day, after = date(2026, 12, 15), date(2026, 12, 16)
    assert declared(tmp_path, today=last_day).meets("prediction-worker", "models:unloaded", Status.FAIL)
    assert declared(tmp_path, today=after).meets("prediction-worker", "models:unloaded", Status.FAIL) is None


def test_a_file_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text("[[environments")
    with pytest.raises(InputError, match="not TOML"):
        load("staging", TODAY, tmp_path / "p.toml")


def verdict(expectations: Expectations, **checks: str) -> tuple[Overall, tuple[str, ...]]:
    """The verdict on a worker whose checks (`a__b` for `a:b`, `?` for optional) stand like this."""
    body = body_of(checks)
    question = Question("prediction-worker", "http://x", "/ready")
    told = judge("prediction-worker", [Answer(question, body.status.code, body)], expectations)
    return told.overall, told.notes


@pytest.mark.proves("H13", "L9")
def test_a_declaration_changes_the_verdict_and_nothing_else(tmp_path: Path) -> None:
    none, some = Expectations("staging", TODAY), declared(tmp_path)
    late = declared(tmp_path, today=date(2026, 12, 16))
    assert verdict(none, models__unloaded="fail")[0] is Overall.FAIL
    assert verdict(some, models__unloaded="fail")[0] is Overall.EXPECTED
    assert verdict(late, models__unloaded="fail")[0] is Overall.FAIL
    assert verdict(some, models__unloaded="fail", state__latency="fail")[0] is Overall.FAIL
    assert verdict(some, models__unloaded="fail", features__age="fail?")[0] is Overall.EXPECTED
    assert verdict(some, models__unloaded="pass") == (Overall.WARN, ("remove the expectation of models:unloaded",))
    assert verdict(some, models__unloaded="warn")[0] is Overall.WARN
    assert verdict(none, models__unloaded="pass")[0] is Overall.PASS
    assert verdict(none, features__age="fail?")[0] is Overall.WARN
    assert verdict(none)[0] is Overall.FAIL  # no check at all


@pytest.mark.proves("H13")
@pytest.mark.parametrize("trouble", ["no answer within 1 s", "not reached: ConnectError"])
def test_silence_can_never_be_declared(tmp_path: Path, trouble: str) -> None:
    answer = Answer(Question("prediction-worker", "http://x", "/ready"), trouble=trouble)
    assert judge("prediction-worker", [answer], declared(tmp_path)).overall is Overall.UNREACHABLE


@pytest.mark.proves("H13")
def test_a_service_says_that_its_failure_was_declared_and_stays_as_red(tmp_path: Path) -> None:
    from dataclasses import replace

    from propcast.service.app import create_app
    from propcast.service.checklist import CHECKLIST
    from propcast.service.health.checks import Wiring
    from tests.service.toys import conditions, service_token

    some = declared(tmp_path)
    check = CHECKLIST["models:unloaded"].check(lambda: 1)
    service = replace(
        toy_service(wiring=Wiring({"models:unloaded": lambda: check})),
        expected=lambda key, status: some.annotate("prediction-worker", key, status),
    )
    with served(create_app(service, conditions())) as client:
        answers = [client.get("/ready", headers=headers) for headers in (service_token(), {})]
    assert [answer.status_code for answer in answers] == [503, 503]
    told = [answer.json()["checks"]["models:unloaded"][0]["expected"] for answer in answers]
    assert told[0]["reason"].startswith("no NBA champion")
    assert told[1] == {"reason": "declared", "expires": "2026-12-15"}
