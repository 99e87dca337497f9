"""What a release does to predictions is found by replaying graded slates through the workers themselves."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import httpx
import polars as pl
import pytest

from propcast.apps import prediction_worker
from propcast.backends.state.records import CurrentSlate
from propcast.core.sport import Sport
from propcast.delivery.judge.evidence import Limits, Replay, Verdict
from propcast.delivery.judge.judging import judge
from propcast.delivery.replay.asking import Revised
from propcast.delivery.replay.replaying import Arms, replay
from propcast.delivery.replay.slates import actuals, graded_slates
from propcast.forecast.pricing import BatchIdentity
from propcast.pipeline.batch.inputs import Models
from propcast.pipeline.day import published
from propcast.pipeline.slate import Slate, forecast_markets
from tests.apps.conftest import graded  # noqa: F401 - a fixture
from tests.apps.rig import Running, Site, running
from tests.delivery.judge.evidences import evidence
from tests.pipeline.conftest import (  # noqa: F401 - fixtures
    graded_home,
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


@contextmanager
def revisions(site: Site, made: Made | None) -> Iterator[Arms]:
    """The worker as it is, and the same with something planted while it is asked as the canary."""
    with running(site, prediction_worker.SERVICE) as worker:
        asked = Revised(httpx.Client(transport=through(worker), base_url="http://worker.test"), worker.caller.service)

        def canary(slate: CurrentSlate) -> pl.DataFrame:
            with pytest.MonkeyPatch.context() as patch:
                if made is not None:
                    patch.setattr("propcast.pipeline.batch.forecasting.forecast_markets", made)
                return asked.canary(slate)

        yield Arms(asked.baseline, canary)


def through(worker: Running) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        found = worker.client.request(
            request.method, request.url.path, content=request.content, headers=dict(request.headers)
        )
        return httpx.Response(found.status_code, content=found.content)

    return httpx.MockTransport(answer)


def replayed(site: Site, made: Made | None = None) -> Replay:
    backends = site.backends()
    with revisions(site, made) as arms:
        return replay(arms, graded_slates(backends, Sport.NBA), partial(actuals, backends))


def test_the_same_release_differs_in_nothing_and_gives_what_was_published(graded: Site) -> None:  # noqa: F811
    found = replayed(graded)
    days = [slate.game_day for slate in graded_slates(graded.backends(), Sport.NBA)]
    rows = sum(published(graded.backends(), Sport.NBA, day)[0].height for day in days)
    assert (found.slates, found.rows, found.missing, found.differing) == (len(days), rows, 0, 0)
    assert judge(evidence(replay=found), WITH_REPLAY).verdict is Verdict.PASS


@pytest.mark.proves("C7")
@pytest.mark.parametrize(
    ("planted", "column"),
    [(biased, "mean"), (swapped, "p_over_raw"), (without_a_feature, "mean"), (without_somebody, ""), (broken, "")],
)
def test_what_is_planted_is_found_and_named(graded: Site, planted: Made, column: str) -> None:  # noqa: F811
    found = replayed(graded, planted)
    assert column in {each.column for each in found.differences}
    assert judge(evidence(replay=found), WITH_REPLAY).verdict is Verdict.FAIL


@pytest.mark.parametrize("planted", [biased, swapped])
def test_declaring_a_change_does_not_let_a_wrong_one_through(graded: Site, planted: Made) -> None:  # noqa: F811
    found = replayed(graded, planted)
    declared = replace(WITH_REPLAY, forecast_change=True)
    assert judge(evidence(replay=found), declared).verdict is Verdict.FAIL


def test_a_change_that_changes_nothing_much_passes_when_declared(graded: Site) -> None:  # noqa: F811
    def slight(*asked: Any) -> pl.DataFrame:
        return forecast_markets(*asked).with_columns(pl.col("mean") + 0.001)

    found = replayed(graded, slight)
    assert found.differing > 0
    assert judge(evidence(replay=found), replace(WITH_REPLAY, forecast_change=True)).verdict is Verdict.PASS
