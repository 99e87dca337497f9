"""Analytics and precompute: one message, one effect, and the next one told."""

from datetime import timedelta
from typing import Any

import pytest

from propcast.apps import analytics_processor, precompute_processor
from propcast.backends.state import deadletters, leases, outbox
from propcast.core.sport import Sport
from propcast.service.access import Role
from propcast.tables.forecasts import GRADES
from propcast.tables.precompute import NBA_FEATURE_TABLE
from tests.apps.rig import Running, Site, running
from tests.pipeline.conftest import NBA_DAY, NO_GAMES

ANALYTICS, PRECOMPUTE = analytics_processor.SERVICE, precompute_processor.SERVICE
RAW: dict[str, Any] = {"schema_version": 1, "sport": "nba", "game_day": str(NBA_DAY)}


def sent(running: Running, topic: str) -> list[dict[str, Any]]:
    """What went out to a topic, in order."""
    state = running.site.backends().state
    waiting = state.find(outbox.OUTBOX)  # first: what is sent meanwhile is found below
    bodies = {each.key: each.body for each in (*state.find(outbox.SENT), *waiting)}.values()
    return [body["body"] for body in bodies if body["topic"] == topic]  # type: ignore[misc]


def test_raw_data_becomes_analytics_and_precompute_is_told(league: Site) -> None:
    with running(league, ANALYTICS) as app:
        answer = app.push("/process", {**RAW, "as_of": "2024-12-07T22:00:00Z"})
        assert (answer.status_code, answer.content) == (204, b"")
        (told,) = sent(app, "analytics-ready")
    assert told == {**RAW, "reason": "scheduled", "as_of": "2024-12-07T22:00:00Z"}
    assert {cell.step for cell in league.backends().ledger.expected(Sport.NBA, NBA_DAY)} >= {"features", "predictions"}


@pytest.mark.proves("B1", "L24")
@pytest.mark.parametrize("service", [ANALYTICS, PRECOMPUTE], ids=lambda service: service.entry.name)
def test_a_message_that_comes_again_has_no_second_effect(league: Site, service: Any) -> None:
    with running(league, ANALYTICS) as app:
        app.push("/process", RAW)
    with running(league, service) as app:
        answers = [app.push("/process", RAW, message_id="7", attempt=n).status_code for n in (1, 2, 3)]
        topic = "analytics-ready" if service is ANALYTICS else "features-ready"
        assert (answers, len(sent(app, topic))) == ([204] * 3, 2 if service is ANALYTICS else 1)


def test_a_replay_is_recognised_by_the_key_of_its_original(league: Site) -> None:
    with running(league, ANALYTICS) as app:
        app.push("/process", RAW, message_id="7")
        app.push("/process", RAW, message_id="8", original_message_id="7")
        assert len(sent(app, "analytics-ready")) == 1


def test_features_tell_how_many_people_a_batch_must_find(league: Site) -> None:
    with running(league, ANALYTICS) as app:
        app.push("/process", RAW)
    with running(league, PRECOMPUTE) as app:
        assert app.push("/process", RAW).status_code == 204
        (told,) = sent(app, "features-ready")
    stored = league.backends().warehouse.distinct(NBA_FEATURE_TABLE, ["event_id", "player_id"])
    assert told["participants"] >= stored.height > 0


def test_a_day_without_games_goes_on_to_say_so(league: Site) -> None:
    empty_day = {**RAW, "game_day": str(NO_GAMES)}
    with running(league, ANALYTICS) as app:
        assert app.push("/process", empty_day).status_code == 204
    with running(league, PRECOMPUTE) as app:
        assert app.push("/process", empty_day).status_code == 204
        assert sent(app, "features-ready")[0]["participants"] == 0


@pytest.mark.proves("B6", "L31")
@pytest.mark.parametrize("subscription", ["raw-ready.analytics-processor", "nobody's"])
def test_what_is_not_there_yet_is_put_aside_for_later_and_is_no_failure(empty: Site, subscription: str) -> None:
    """It goes back to the topic of the route, whatever the envelope calls its subscription."""
    with running(empty, ANALYTICS) as app:
        answers = [app.push("/process", RAW, subscription=subscription, attempt=n).status_code for n in (1, 2)]
        state = empty.backends().state
        (waiting,) = (found.body for found in state.find(outbox.OUTBOX))
    assert answers == [204, 204]
    assert (waiting["topic"], waiting["body"]) == ("raw-ready", RAW)
    assert waiting["attributes"]["original_message_id"] == "1"  # type: ignore[index, call-overload]
    assert str(waiting["available_at"]) > str(waiting["created_at"])
    assert deadletters.waiting(state) == []


@pytest.mark.proves("B6")
@pytest.mark.parametrize(
    "data",
    [
        {**RAW, "schema_version": 2},
        {**RAW, "sport": "nhl"},
        {**RAW, "game_day": "1789-07-14"},
        {},
    ],
    ids=["version", "sport", "day", "nothing"],
)
@pytest.mark.parametrize("service", [ANALYTICS, PRECOMPUTE], ids=lambda service: service.entry.name)
def test_a_message_that_cannot_be_meant_is_acknowledged_and_kept(league: Site, service: Any, data: Any) -> None:
    with running(league, service) as app:
        assert app.push("/process", data).status_code == 204
    (letter,) = deadletters.waiting(league.backends().state)
    assert (letter.payload, letter.message_id, letter.reason.partition(":")[0]) == (data, "1", "poison")


@pytest.mark.proves("B6", "L26")
def test_while_another_holds_the_lease_nothing_is_done_and_nothing_is_charged(league: Site) -> None:
    backends = league.backends()
    lease = leases.acquire(backends.state, "analytics/nba", "somebody", timedelta(seconds=60))
    assert lease is not None
    with running(league, ANALYTICS) as app:
        busy = app.push("/process", RAW)
        assert (busy.status_code, busy.headers["Retry-After"]) == (429, "60")
        refused = app.ask("/process-date-range", {"sport": "nba", "first": str(NBA_DAY), "last": str(NBA_DAY)})
        assert refused.status_code == 409
        leases.release(backends.state, lease)
        assert app.push("/process", RAW, attempt=2).status_code == 204


def test_results_that_come_are_graded_at_once(played: Site) -> None:
    with running(played, ANALYTICS) as app:
        app.push("/process", RAW)
        assert played.backends().warehouse.count(GRADES) == 0
        app.push("/process", {**RAW, "tables": ["raw_nba_player_box"]}, message_id="2")
    assert played.backends().warehouse.count(GRADES) > 0


def test_an_operator_has_a_span_built_and_may_have_it_announced(played: Site) -> None:
    span = {"sport": "nba", "first": "2024-12-05", "last": "2024-12-07"}
    with running(played, ANALYTICS) as app:
        quiet = app.ask("/process-date-range", span).json()
        assert sent(app, "analytics-ready") == []
        told = app.ask("/process-date-range", {**span, "announce": True}).json()
        assert [each["game_day"] for each in sent(app, "analytics-ready")] == ["2024-12-05", "2024-12-06", "2024-12-07"]
    assert [step["step"] for step in quiet["steps"]] == ["nba/analytics", "nba/grade"]
    assert (quiet["announced"], told["announced"]) == (0, 3)


def test_an_operator_has_features_of_a_day_built(played: Site) -> None:
    with running(played, PRECOMPUTE) as app:
        done = app.ask("/process-date", {"sport": "mlb", "game_day": "2025-05-19", "announce": True})
        assert sent(app, "features-ready")[0]["reason"] == "operator"
    assert done.status_code == 200
    assert done.json()["steps"][-1]["step"] == "mlb/precompute"


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"sport": "nba", "first": "2024-12-07", "last": "2024-12-05"}, "body"),
        ({"sport": "nba", "first": "2020-01-01", "last": "2024-12-05"}, "body"),
        ({"sport": "nhl", "first": "2024-12-07", "last": "2024-12-07"}, "body.sport"),
        ({"sport": "nba", "first": "2024-12-07", "last": "2024-12-07", "more": 1}, "body.more"),
    ],
)
def test_a_request_that_does_not_fit_is_a_problem_that_says_where(league: Site, body: Any, where: str) -> None:
    with running(league, ANALYTICS) as app:
        refused = app.ask("/process-date-range", body)
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
    assert where in [error["where"] for error in refused.json()["errors"]]


def test_an_empty_home_is_a_conflict_that_says_what_to_do(empty: Site) -> None:
    with running(empty, PRECOMPUTE) as app:
        answer = app.ask("/process-date", {"sport": "nba", "game_day": str(NBA_DAY)}, Role.ADMIN)
    assert answer.status_code == 409
    assert "propcast import" in answer.json()["detail"]
