"""A processor runs a finished day again for whoever compares releases; that leaves no trace."""

from collections.abc import Callable, Sequence
from typing import Any

import httpx
import polars as pl
import pytest

from propcast.apps import analytics_processor, precompute_processor
from propcast.backends.state import outbox
from propcast.backends.warehouse.port import In
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.analytics import build_analytics
from propcast.pipeline.frames import unpack
from propcast.pipeline.plan import SportPlan
from propcast.pipeline.sports import PLANS
from propcast.pipeline.steps import Step
from propcast.service.access import Role
from propcast.service.declaration import Service
from propcast.tables.forecasts import CLOSING_LINES
from propcast.tables.registry import ALL
from tests.apps.rig import Site, running, versions
from tests.pipeline.conftest import MLB_DAY, NBA_DAY, NO_GAMES, RELIEVED

ANALYTICS, PRECOMPUTE = analytics_processor.SERVICE, precompute_processor.SERVICE
PROCESSORS = pytest.mark.parametrize("service", [ANALYTICS, PRECOMPUTE], ids=lambda service: service.entry.name)
DAYS = pytest.mark.parametrize(("sport", "day"), [(Sport.NBA, NBA_DAY), (Sport.MLB, RELIEVED)])
"""Days before others: what is learnt from them stands too."""
DAY: dict[str, Any] = {"sport": "nba", "game_day": str(NBA_DAY)}


def declared(service: Service[Any]) -> Callable[[SportPlan], Sequence[Step]]:
    return analytics_processor.steps if service is ANALYTICS else precompute_processor.steps


def rows_of(answer: httpx.Response) -> dict[str, pl.DataFrame]:
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    return unpack(answer.content)


def stored(site: Site, name: str, sport: Sport, day: GameDay) -> pl.DataFrame:
    """What stands in the table of `step/table`, as far as a step of that sport and day writes it."""
    table = ALL[name.rpartition("/")[2]]
    where = [In("game_day", (day.date,)), *([In("sport", (sport,))] if "sport" in table.schema else [])]
    return site.backends().warehouse.read(table, where)


@PROCESSORS
@DAYS
def test_what_is_run_again_is_what_stands(graded: Site, service: Service[Any], sport: Sport, day: GameDay) -> None:
    with running(graded, service) as app:
        found = rows_of(app.ask("/replay", {"sport": sport, "game_day": str(day)}))
    steps = declared(service)(PLANS[sport])
    assert {name.rpartition("/")[0] for name in found} == {step.name for step in steps}
    assert all(
        found[f"{step.name}/{step.writes[-1].name}"].height for step in steps if step.writes[-1] != CLOSING_LINES
    )
    for name, rows in found.items():
        before = stored(graded, name, sport, day).select(rows.columns)
        assert rows.height == before.height, name
        assert rows.sort(rows.columns[:3]).equals(before.sort(rows.columns[:3])), name


@PROCESSORS
@pytest.mark.proves("H10")
def test_running_again_leaves_no_trace(graded: Site, service: Service[Any]) -> None:
    with running(graded, service) as app:

        def trace() -> tuple[object, ...]:
            backends = graded.backends()
            runs = [run.run_id for sport in Sport for run in backends.ledger.runs(sport, limit=10_000)]
            grid = [backends.ledger.expected(Sport.NBA, NBA_DAY), backends.ledger.expected(Sport.MLB, MLB_DAY)]
            return versions(graded), runs, grid, [each.key for each in backends.state.find(outbox.OUTBOX)]

        before = trace()
        assert app.ask("/replay", DAY).status_code == 200
        assert app.ask("/replay", {"sport": "mlb", "game_day": str(MLB_DAY)}).status_code == 200
        assert trace() == before


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({**DAY, "publication": "no tag"}, 422),
        ({**DAY, "publication": "none_like_it"}, 409),
        ({**DAY, "game_day": str(NO_GAMES.plus(100))}, 409),
        ({"sport": "nba"}, 422),
        ({**DAY, "sport": "nfl"}, 422),
    ],
)
def test_what_cannot_be_run_again_is_a_problem(graded: Site, asked: dict[str, Any], code: int) -> None:
    with running(graded, ANALYTICS) as app:
        assert app.ask("/replay", asked).status_code == code


def test_a_day_without_games_has_no_rows(graded: Site) -> None:
    with running(graded, PRECOMPUTE) as app:
        found = rows_of(app.ask("/replay", {**DAY, "game_day": str(NO_GAMES)}))
    assert sum(rows.height for rows in found.values()) == 0


def test_viewers_may_not(graded: Site) -> None:
    with running(graded, ANALYTICS) as app:
        assert app.ask("/replay", DAY, Role.VIEWER).status_code == 403


@pytest.mark.parametrize("fails", [False, True])
def test_one_day_at_a_time_is_run(graded: Site, monkeypatch: pytest.MonkeyPatch, fails: bool) -> None:
    """Who asks meanwhile is told to come back, and may, also after a run that broke."""
    with running(graded, ANALYTICS) as app:
        meanwhile = list[httpx.Response]()

        def asks_meanwhile(*told: Any) -> Any:
            if not meanwhile:
                meanwhile.append(app.ask("/replay", DAY))
                if fails:
                    raise RuntimeError("planted")
            return build_analytics(*told)

        monkeypatch.setattr("propcast.pipeline.rerunning.build_analytics", asks_meanwhile)
        assert app.ask("/replay", DAY).status_code == (500 if fails else 200)
        assert (meanwhile[0].status_code, meanwhile[0].headers["Retry-After"]) == (429, "1")
        assert app.ask("/replay", DAY).status_code == 200
