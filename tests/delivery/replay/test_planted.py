"""What a release does to predictions is found by replaying graded slates through the workers themselves."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest

from propcast.apps import prediction_worker
from propcast.backends.state.records import CurrentSlate
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.delivery.judge.evidence import Limits, Replay, Verdict
from propcast.delivery.judge.judging import judge
from propcast.delivery.replay.asking import Revised, Tables
from propcast.delivery.replay.replaying import Arms, replay_forecasts
from propcast.delivery.replay.slates import actuals, graded_slates
from propcast.forecast.pricing import BatchIdentity
from propcast.pipeline.batch.inputs import Models
from propcast.pipeline.day import published
from propcast.pipeline.slate import Slate, forecast_markets
from tests.apps.rig import Running, Site, running, versions
from tests.delivery.judge.evidences import evidence
from tests.pipeline.conftest import (  # noqa: F401 - fixtures
    graded_template,
    played_template,
    raw_template,
)

Made = Callable[[Slate, Any, Models, BatchIdentity], pl.DataFrame]
WITH_REPLAY = Limits(asked=frozenset({"replay"}))


def biased(*asked: Any) -> pl.DataFrame:
    return forecast_markets(*asked).with_columns(pl.col("mean") + 0.3)


def swapped(*asked: Any) -> pl.DataFrame:
    rows = forecast_markets(*asked)
    return rows.with_columns(
        rows[f"p_{theirs}_{stage}"].alias(f"p_{ours}_{stage}")
        for stage in ("raw", "blended")
        for ours, theirs in (("over", "under"), ("under", "over"))
    )


def without_a_feature(slate: Slate, *asked: Any) -> pl.DataFrame:
    features = slate.features.with_columns(pl.lit(None, pl.Float64).alias("minutes_projected"))
    return forecast_markets(replace(slate, features=features), *asked)


def without_somebody(slate: Slate, *asked: Any) -> pl.DataFrame:
    rows = forecast_markets(slate, *asked)
    return rows.filter(pl.col("participant_id") != rows["participant_id"].min())


def broken(*_: Any) -> pl.DataFrame:
    raise RuntimeError("planted")


@dataclass(frozen=True)
class Stage:
    """A worker that only reads: asked as baseline `before`, and as canary with something planted."""

    site: Site
    worker: Running
    before: dict[GameDay, Tables] = field(default_factory=dict)

    @property
    def slates(self) -> list[CurrentSlate]:
        return graded_slates(self.site.backends(), Sport.NBA)

    @property
    def asked(self) -> Revised:
        client = httpx.Client(transport=through(self.worker), base_url="http://worker.test")
        return Revised(client, self.worker.caller.service)

    def replayed(self, made: Made) -> Replay:
        arms = Arms(lambda slate: self.before[slate.game_day], self.asked.canary)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("propcast.pipeline.batch.forecasting.forecast_markets", made)
            return replay_forecasts(arms, self.slates, partial(actuals, self.site.backends()))


@pytest.fixture(scope="module")
def stage(graded_template: Path) -> Iterator[Stage]:  # noqa: F811
    site = Site(graded_template)
    before = versions(site)
    with running(site, prediction_worker.SERVICE) as worker:
        found = Stage(site, worker)
        found.before.update({slate.game_day: found.asked.baseline(slate) for slate in found.slates})
        yield found
    assert versions(site) == before


def through(worker: Running) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        found = worker.client.request(
            request.method, request.url.path, content=request.content, headers=dict(request.headers)
        )
        return httpx.Response(found.status_code, content=found.content)

    return httpx.MockTransport(answer)


def test_the_same_release_differs_in_nothing_and_gives_what_was_published(stage: Stage) -> None:
    found = stage.replayed(forecast_markets)
    rows = {day: published(stage.site.backends(), Sport.NBA, day)[0] for day in stage.before}
    assert all(
        stage.before[day]["predictions"].equals(rows[day].drop("batch_id").sort("prediction_id")) for day in rows
    )
    assert (found.slates, found.missing, found.differing) == (len(rows), 0, 0)
    assert found.rows == sum(frame.height for frame in rows.values())
    assert judge(evidence(replay=found), WITH_REPLAY).verdict is Verdict.PASS


@pytest.mark.proves("C7")
@pytest.mark.parametrize(
    ("planted", "column"),
    [(biased, "mean"), (swapped, "p_over_raw"), (without_a_feature, "mean"), (without_somebody, ""), (broken, "")],
)
def test_what_is_planted_is_found_and_named(stage: Stage, planted: Made, column: str) -> None:
    found = stage.replayed(planted)
    assert column in {each.column for each in found.differences}
    assert judge(evidence(replay=found), WITH_REPLAY).verdict is Verdict.FAIL


@pytest.mark.parametrize("planted", [biased, swapped])
def test_declaring_a_change_does_not_let_a_wrong_one_through(stage: Stage, planted: Made) -> None:
    found = stage.replayed(planted)
    declared = replace(WITH_REPLAY, forecast_change=True)
    assert judge(evidence(replay=found), declared).verdict is Verdict.FAIL


def test_a_change_that_changes_nothing_much_passes_when_declared(stage: Stage) -> None:
    def slight(*asked: Any) -> pl.DataFrame:
        return forecast_markets(*asked).with_columns(pl.col("mean") + 0.001)

    found = stage.replayed(slight)
    assert found.differing > 0
    assert judge(evidence(replay=found), replace(WITH_REPLAY, forecast_change=True)).verdict is Verdict.PASS
