"""What a release does to tables is found by running graded days again through the processors themselves."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest

from propcast.apps import analytics_processor, precompute_processor
from propcast.delivery.judge.evidence import Limits, Replay, Verdict
from propcast.delivery.judge.judging import judge
from propcast.delivery.replay.asking import Revised, Tables
from propcast.delivery.replay.replaying import Arms, replay_tables
from propcast.delivery.rollout.repeating import Repeating
from propcast.pipeline.frames import unpack
from propcast.pipeline.rerunning import Keeping
from propcast.service.asking import nobody
from propcast.service.declaration import Service
from propcast.tables.schema import Table
from tests.apps.rig import Running, Site, running, versions
from tests.delivery.judge.evidences import evidence
from tests.delivery.replay.test_planted import through
from tests.pipeline.conftest import graded_template, played_template, raw_template

__all__ = ["graded_template", "played_template", "raw_template"]

Plant = Callable[[pl.DataFrame], pl.DataFrame]
WITH_REPLAY, DECLARED = Limits(asked=frozenset({"replay"})), Limits(asked=frozenset({"replay"}), forecast_change=True)


@dataclass(frozen=True)
class Stage:
    """A processor that only reads: asked as baseline `before`, and as canary with something planted."""

    site: Site
    processor: Running
    before: dict[tuple[str, str], Tables] = field(default_factory=dict)

    def replayed(self, plant: Plant, where: str = "") -> Replay:
        """Plant something in one table of a step, or in every one."""
        write = Keeping.write

        def spoilt(self: Keeping, table: Table, frame: pl.DataFrame, *scope: Any) -> Any:
            hit = where in ("", f"{self.step.name}/{table.name}") and frame.height
            return write(self, table, plant(frame) if hit else frame, *scope)

        client = httpx.Client(transport=through(self.processor), base_url="http://processor.test")
        asked = Revised(client, self.processor.caller.service, read=unpack)
        slates = Repeating(self.site.backends(), self.processor.entry.name, nobody).slates()
        if not self.before:
            self.before.update({(slate.sport, str(slate.game_day)): asked.baseline(slate) for slate in slates})
        arms = Arms(lambda slate: self.before[slate.sport, str(slate.game_day)], asked.canary)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Keeping, "write", spoilt)
            return replay_tables(arms, slates)


def staged(home: Path, service: Service[Any]) -> Iterator[Stage]:
    site = Site(home)
    before = versions(site)
    with running(site, service) as processor:
        yield Stage(site, processor)
    assert versions(site) == before


@pytest.fixture(scope="module")
def analytics(graded_template: Path) -> Iterator[Stage]:
    yield from staged(graded_template, analytics_processor.SERVICE)


@pytest.fixture(scope="module")
def precompute(graded_template: Path) -> Iterator[Stage]:
    yield from staged(graded_template, precompute_processor.SERVICE)


@pytest.fixture(params=["analytics", "precompute"])
def stage(request: pytest.FixtureRequest) -> Stage:
    found: Stage = request.getfixturevalue(request.param)
    return found


def shuffled(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.sample(fraction=1.0, shuffle=True, seed=7)


def without_one(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(pl.int_range(pl.len()).over("game_day") > 0)


def broken(_: pl.DataFrame) -> pl.DataFrame:
    raise RuntimeError("planted")


def nulled(column: str) -> Plant:
    return lambda rows: rows.with_columns(pl.lit(None, rows.schema[column]).alias(column))


def raised(column: str) -> Plant:
    return lambda rows: rows.with_columns(pl.col(column) + 0.3)


FEATURES, MLB_FEATURES, TRAINING = (
    "nba/precompute/nba_features", "mlb/precompute/mlb_features", "nba/training_rows/nba_training_rows"
)  # fmt: skip
TEAMS, PITCHERS, GRADES = "nba/analytics/nba_team_game", "mlb/analytics/mlb_pitcher_game", "nba/grade/grades"


def test_the_same_release_differs_in_nothing_in_whatever_order_it_writes(stage: Stage) -> None:
    found = stage.replayed(shuffled)
    assert (found.missing, found.differing, found.vanished, found.differences) == (0, 0, 0, ())
    assert found.slates == 6
    assert found.rows == sum(rows.height for tables in stage.before.values() for rows in tables.values()) > 100
    assert judge(evidence(replay=found), WITH_REPLAY).verdict is Verdict.PASS


@pytest.mark.proves("C7")
@pytest.mark.parametrize(
    ("where", "plant", "column"),
    [
        (FEATURES, nulled("minutes_projected"), "minutes_projected"),
        (FEATURES, raised("minutes_projected"), "minutes_projected"),
        (MLB_FEATURES, without_one, ""),
        (TRAINING, raised("actual"), "actual"),
    ],
)
def test_what_is_planted_in_features_is_found_and_named(
    precompute: Stage, where: str, plant: Plant, column: str
) -> None:
    named(precompute.replayed(plant, where), where, column)


@pytest.mark.proves("C7")
@pytest.mark.parametrize(
    ("where", "plant", "column"),
    [
        (TEAMS, raised("possessions"), "possessions"),
        (TEAMS, without_one, ""),
        (PITCHERS, nulled("k_pct"), "k_pct"),
        (GRADES, nulled("crps"), "crps"),
        (GRADES, without_one, ""),
    ],
)
def test_what_is_planted_in_analytics_is_found_and_named(
    analytics: Stage, where: str, plant: Plant, column: str
) -> None:
    named(analytics.replayed(plant, where), where, column)


def named(found: Replay, where: str, column: str) -> None:
    """The one table and the one column, or row, that were spoilt, and nothing else."""
    assert {(each.table, each.column) for each in found.differences} == {(where, column)}
    judged = judge(evidence(replay=found), WITH_REPLAY)
    assert judged.verdict is Verdict.FAIL
    assert where in judged.criteria[-1].told
    assert column in judged.criteria[-1].told


@pytest.mark.parametrize(("where", "lost"), [(TEAMS, "nba"), (PITCHERS, "mlb")])
def test_a_day_that_a_canary_cannot_run_is_lost_whole(analytics: Stage, where: str, lost: str) -> None:
    found = analytics.replayed(broken, where)
    rows = [rows.height for (sport, _), tables in analytics.before.items() if sport == lost for rows in tables.values()]
    assert found.missing == sum(rows)
    assert judge(evidence(replay=found), DECLARED).verdict is Verdict.FAIL


def test_what_a_contract_forbids_is_lost_as_it_would_be(precompute: Stage) -> None:
    found = precompute.replayed(nulled("market"), FEATURES)
    lost = [
        rows.height for (sport, _), tables in precompute.before.items() if sport == "nba" for rows in tables.values()
    ]
    assert found.missing == sum(lost)
    refused = [str(each.canary) for each in found.differences if each.table == "answer"]
    assert len(refused) == sum(sport == "nba" for sport, _ in precompute.before)
    assert [told for told in refused if "nba_features" not in told or "market" not in told] == []
    assert judge(evidence(replay=found), DECLARED).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("plant", "expected"),
    [
        (raised("minutes_projected"), Verdict.PASS),
        (nulled("minutes_projected"), Verdict.FAIL),
        (without_one, Verdict.FAIL),
    ],
)
def test_values_may_change_where_that_is_declared_but_not_go(
    precompute: Stage, plant: Plant, expected: Verdict
) -> None:
    assert judge(evidence(replay=precompute.replayed(plant, FEATURES)), DECLARED).verdict is expected
