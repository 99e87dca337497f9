"""The workers: one shard for every push, and what-if answers that are what a batch would publish."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from propcast.apps import mlb_prediction_worker, prediction_worker
from propcast.apps.workshop import open_workshop
from propcast.backends.state import deadletters
from propcast.core.errors import InputError
from propcast.core.sport import Sport
from propcast.pipeline.batch.filing import shards_of
from propcast.pipeline.batch.history import batches
from propcast.pipeline.batch.states import ShardState
from propcast.pipeline.day import published
from propcast.pipeline.stages import build_day_features
from propcast.service.access import Role
from propcast.service.catalogue import PREDICTION_WORKER
from propcast.service.push.desk import Place
from propcast.tables.registry import ALL
from tests.apps.fleet import fleet
from tests.apps.rig import Running, Site, running
from tests.pipeline.conftest import MLB_DAY, NBA_DAY, NO_GAMES

NBA, MLB = prediction_worker.SERVICE, mlb_prediction_worker.SERVICE
STAR: dict[str, Any] = {"game_day": str(NBA_DAY)}


@pytest.fixture
def worker(played: Site) -> Iterator[Running]:
    """The NBA's worker of a home in which a day was published."""
    with running(played, NBA) as found:
        yield found


def quoted(site: Site) -> pl.DataFrame:
    """The published predictions of quoted participants."""
    predictions, _ = published(site.backends(), Sport.NBA, NBA_DAY)
    return predictions.filter(pl.col("line").is_not_null())


def opinions(answer: Any) -> dict[tuple[str, str], Any]:
    """What each system says of each market."""
    return {(each["market"], each["system"]): each for each in answer.json()["opinions"]}


@pytest.mark.proves("L42")
def test_a_what_if_says_exactly_what_was_published(worker: Running) -> None:
    rows = quoted(worker.site)
    for participant in rows["participant_id"].unique().sort().to_list()[:5]:
        said = opinions(worker.ask("/predict-now", {**STAR, "participant_id": participant}, Role.VIEWER))
        for row in rows.filter(pl.col("participant_id") == participant).iter_rows(named=True):
            opinion = said[row["market"], row["system"]]
            at_line = {each["line"]: each for each in opinion["lines"]}
            assert (opinion["mean"], opinion["reasons"]) == (row["mean"], row["reasons"] if row["mean"] is None else [])
            if row["mean"] is not None:
                assert at_line[row["line"]]["p_over"] == row["p_over_raw"]
                assert at_line[row["line"]]["p_push"] == row["p_push_raw"]


def test_any_line_can_be_asked_about_and_probabilities_add_up(worker: Running) -> None:
    participant = quoted(worker.site)["participant_id"][0]
    asked = {**STAR, "participant_id": participant, "markets": ["points"], "lines": [5, 10.5, 30]}
    said = opinions(worker.ask("/predict-now", asked))
    lines = said["points", "ensemble"]["lines"]
    assert {market for market, _ in said} == {"points"}
    assert [each["line"] for each in lines] == [5, 10.5, 30]
    assert all(each["p_over"] + each["p_push"] + each["p_under"] == pytest.approx(1) for each in lines)
    assert lines[0]["p_over"] > lines[1]["p_over"] > lines[2]["p_over"]
    assert lines[1]["p_push"] == 0
    assert said["points", "ensemble"]["is_champion"]


def test_a_what_if_leaves_no_trace(worker: Running) -> None:
    def versions() -> dict[str, int]:
        warehouse = worker.site.backends().warehouse
        return {name: warehouse.version(table) for name, table in ALL.items()}

    before = versions()
    worker.ask("/predict-now", {**STAR, "participant_id": quoted(worker.site)["participant_id"][0]})
    assert versions() == before


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({**STAR, "participant_id": "nba:0"}, 404),
        ({**STAR, "participant_id": "nba:0", "event_id": "nba:0"}, 404),
        ({**STAR, "participant_id": "nba:0", "markets": ["pionts"]}, 422),
        ({**STAR, "participant_id": "nba:0", "markets": ["pitcher_strikeouts"]}, 422),
        ({**STAR, "participant_id": "nba:0", "lines": [1.25]}, 422),
        ({**STAR, "participant_id": ""}, 422),
        ({"game_day": str(NO_GAMES), "participant_id": "nba:0"}, 409),
    ],
)
def test_a_question_without_an_answer_is_a_problem(worker: Running, asked: dict[str, Any], code: int) -> None:
    answer = worker.ask("/predict-now", asked)
    assert (answer.status_code, answer.headers["content-type"]) == (code, "application/problem+json")


def test_what_is_written_meanwhile_is_taken_in(featured: Site) -> None:
    with running(featured, NBA) as worker:
        participant = {"participant_id": "nba:0"}
        later = featured.clock.now()
        assert worker.ask("/predict-now", {**STAR, **participant, "as_of": later.isoformat()}).status_code == 409
        build_day_features(featured.backends(), Sport.NBA, NBA_DAY, later)
        featured.clock.instant += timedelta(seconds=10)
        assert worker.ask("/predict-now", {**STAR, **participant, "as_of": later.isoformat()}).status_code == 404


def test_pitchers_can_be_asked_about_together(played: Site) -> None:
    predictions, _ = published(played.backends(), Sport.MLB, MLB_DAY)
    pitchers = predictions["participant_id"].unique().sort().to_list()
    with running(played, MLB) as worker:
        questions = [{"game_day": str(MLB_DAY), "participant_id": each} for each in pitchers]
        answer = worker.ask("/predict-batch", {"questions": questions})
        assert worker.ask("/predict-batch", {"questions": []}).status_code == 422
    assert [each["participant_id"] for each in answer.json()["answers"]] == pitchers


@pytest.fixture
def asked_for(featured: Site) -> Iterator[tuple[Running, dict[str, Any]]]:
    """The NBA's worker, and the request for the only shard of a batch that has begun."""
    with fleet(featured) as services:
        services.apps["prediction-coordinator"].ask("/start", {"sport": "nba", "game_day": str(NBA_DAY)})
        (batch,) = batches(featured.backends())
        (shard,) = shards_of(featured.backends().state, batch.batch_id)
        request = {
            "schema_version": 1, "sport": "nba", "game_day": str(NBA_DAY), "batch_id": batch.batch_id,
            "shard_id": shard.shard_id, "ordinal": 0, "participants": len(shard.participants),
        }  # fmt: skip
        yield services.apps["prediction-worker"], request


@pytest.mark.proves("B1")
def test_a_shard_is_done_once_however_often_it_is_asked_for(asked_for: tuple[Running, dict[str, Any]]) -> None:
    worker, request = asked_for
    answers = [worker.push("/predict", request, message_id=str(n)).status_code for n in (1, 1, 2)]
    (shard,) = shards_of(worker.site.backends().state, request["batch_id"])
    assert (answers, shard.state, shard.token) == ([204, 204, 204], ShardState.DONE, 1)
    assert shard.rows > 0


@pytest.mark.proves("B6", "L30")
def test_a_shard_that_there_is_not_is_given_up_once(asked_for: tuple[Running, dict[str, Any]]) -> None:
    worker, request = asked_for
    nobodys = {**request, "shard_id": "0" * 24}
    answers = [worker.push("/predict", nobodys, attempt=n).status_code for n in (1, 2, 3)]
    (letter,) = deadletters.waiting(worker.site.backends().state)
    assert answers == [204, 204, 204]
    assert (letter.topic, letter.reason.partition(":")[0]) == ("prediction-request", "permanent")


def test_a_shard_of_the_other_sport_is_given_up(asked_for: tuple[Running, dict[str, Any]]) -> None:
    worker, request = asked_for
    assert worker.push("/predict", {**request, "sport": "mlb"}).status_code == 204
    (letter,) = deadletters.waiting(worker.site.backends().state)
    assert "not for the worker of nba" in letter.reason


@pytest.mark.proves("B6")
def test_with_every_thread_at_work_a_shard_goes_back_uncharged(asked_for: tuple[Running, dict[str, Any]]) -> None:
    worker, request = asked_for
    kit: Any = worker.client.app.state.kit
    taken: list[Place | None] = [kit.environment.places.take() for _ in range(2)]
    answer = worker.push("/predict", request)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    for place in taken:
        assert place is not None
        place.give_up()
    assert worker.push("/predict", request, attempt=2).status_code == 204


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"PROPCAST_MODEL_ALIASES": "nba/challenger"}, "nba/challenger"),
        ({"PROPCAST_MODEL_ALIASES": "mlb/champion"}, "nothing"),
        ({"PROPCAST_SHADOW_ALIASES": "nba/next"}, "nba/champion, nba/next"),
    ],
)
def test_an_alias_that_names_no_models_keeps_the_worker_from_serving(
    featured: Site, variables: dict[str, str], told: str
) -> None:
    environ = {**featured.environ, **variables}
    with pytest.raises(InputError, match=f"the aliases of nba are {told}"):
        open_workshop(PREDICTION_WORKER, Sport.NBA, environ, featured.clock)
