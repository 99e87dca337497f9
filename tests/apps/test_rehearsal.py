"""A worker computes a published slate again for whoever compares releases; that leaves no trace."""

import io
from typing import Any

import httpx
import polars as pl
import pytest

from propcast.apps import prediction_worker
from propcast.core.sport import Sport
from propcast.pipeline.day import published
from propcast.service.access import Role
from tests.apps.rig import Site, running, versions
from tests.pipeline.conftest import NBA_DAY, NO_GAMES

NBA = prediction_worker.SERVICE
BUSINESS = tuple(f"propcast_{name}" for name in ("predictions", "shards", "deliveries", "batch", "slate", "outbox"))
DAY: dict[str, Any] = {"sport": "nba", "game_day": str(NBA_DAY)}


def rows_of(answer: httpx.Response) -> pl.DataFrame:
    assert answer.headers["content-type"] == "application/vnd.apache.parquet"
    return pl.read_parquet(io.BytesIO(answer.content))


def test_what_is_computed_again_is_what_was_published(played: Site) -> None:
    predictions, _ = published(played.backends(), Sport.NBA, NBA_DAY)
    with running(played, NBA) as worker:
        by_key = worker.ask("/replay", DAY)
        by_service = worker.client.post("/replay", json=DAY, headers=worker.caller.service())
    assert rows_of(by_key).equals(predictions.drop("batch_id").sort("prediction_id"))
    assert by_service.content == by_key.content


def test_a_replay_leaves_no_trace(played: Site) -> None:
    with running(played, NBA) as worker:

        def trace() -> tuple[dict[str, int], list[str]]:
            metrics = worker.client.get("/metrics", headers=worker.caller.service()).text
            return versions(played), [line for line in metrics.splitlines() if line.startswith(BUSINESS)]

        before = trace()
        assert worker.ask("/replay", DAY).status_code == 200
        assert trace() == before


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({**DAY, "sport": "mlb"}, 422),
        ({**DAY, "publication": "no tag"}, 422),
        ({**DAY, "publication": "none_like_it"}, 409),
        ({**DAY, "game_day": str(NO_GAMES)}, 409),
        ({"sport": "nba"}, 422),
    ],
)
def test_what_cannot_be_replayed_is_a_problem(played: Site, asked: dict[str, Any], code: int) -> None:
    with running(played, NBA) as worker:
        assert worker.ask("/replay", asked).status_code == code


def test_viewers_may_not(played: Site) -> None:
    with running(played, NBA) as worker:
        assert worker.ask("/replay", DAY, Role.VIEWER).status_code == 403


def test_shards_come_first(played: Site) -> None:
    with running(played, NBA) as worker:
        places = worker.client.app.state.kit.environment.places
        taken = [place for _ in range(8) if (place := places.take()) is not None]
        answer = worker.ask("/replay", DAY)
        for place in taken:
            place.give_up()
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
        assert worker.ask("/replay", DAY).status_code == 200
