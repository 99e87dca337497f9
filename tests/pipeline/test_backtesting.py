"""Backtesting: a season scored by what was known before it, on the current home or a temporary one."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from propcast.backends.compose import Backends
from propcast.core.errors import InputError, NotReady
from propcast.core.gameday import season_bounds
from propcast.core.markets import market
from propcast.core.sport import Sport
from propcast.forecast.baselines import LINED
from propcast.forecast.report import BacktestReport
from propcast.forecast.training import ROUNDS
from propcast.pipeline.backtesting import backtest_home, run_backtest
from tests.league import nba
from tests.pipeline.conftest import FEW_TREES

POINTS, SEASON = market("points"), "2024-25"


@pytest.fixture(scope="module")
def scored(played_template: Path) -> Iterator[BacktestReport]:
    """The second season of the league, scored once."""
    import shutil
    import tempfile

    from tests.pipeline.conftest import open_home

    with tempfile.TemporaryDirectory() as scratch, pytest.MonkeyPatch.context() as patch:
        patch.setitem(ROUNDS, Sport.NBA, FEW_TREES)
        shutil.copytree(played_template, Path(scratch) / "home")
        yield backtest_home(open_home(Path(scratch) / "home"), POINTS, SEASON)


@pytest.mark.proves("L36")
def test_the_model_saw_only_seasons_before(scored: BacktestReport) -> None:
    first = season_bounds(Sport.NBA, SEASON)[0].date
    first_game = min(game.day for game in nba.games() if game.season == nba.SEASONS[1])
    assert first <= first_game
    assert scored.model["train_until"] <= str(first_game)
    before = {game.event_id for game in nba.games() if game.season == nba.SEASONS[0]}
    assert scored.model["n_rows"] == sum(event in before for event, _ in nba.points_scored())


@pytest.mark.proves("L36", "L35")
def test_every_system_stands_beside_the_baselines_on_rows_of_one_population(scored: BacktestReport) -> None:
    """A system may abstain on rows, it never adds any."""
    asked = dict(scored.baselines.group_by("population").agg(pl.col("n").max()).iter_rows())
    maes = scored.metrics.filter(pl.col("metric") == "mae")
    assert set(maes["population"]) == set(asked)
    assert all(n <= asked[population] for population, n in maes.select("population", "n").iter_rows())
    members = dict(maes.filter(pl.col("system") == "moving_average").select("population", "n").iter_rows())
    assert members[LINED] == asked[LINED]


def test_a_market_of_the_other_sport_is_refused_before_anything_is_opened() -> None:
    def open_nothing() -> Backends:
        raise AssertionError("opened")

    with pytest.raises(InputError, match="--sport mlb"):
        run_backtest(open_nothing, Sport.NBA, market("pitcher_strikeouts"), SEASON, None)


def test_a_folder_of_history_never_touches_the_home(tmp_path: Path) -> None:
    """It is imported into a temporary home; one that is not there is refused."""
    from tests.pipeline.conftest import open_home

    opened: list[Path] = []

    def remember(home: Path) -> Backends:
        opened.append(home)
        return open_home(home)

    with pytest.raises(InputError, match="is not a folder"):
        run_backtest(remember, Sport.NBA, POINTS, SEASON, tmp_path / "none")
    assert [path.name.startswith("propcast-backtest-") for path in opened] == [True]
    assert not opened[0].exists()


def test_an_empty_home_says_what_to_import(empty_home: Backends) -> None:
    with pytest.raises(NotReady, match="propcast import"):
        backtest_home(empty_home, POINTS, SEASON)


def test_a_first_season_has_nothing_to_learn_from(league_home: Backends) -> None:
    with pytest.raises(NotReady, match="at least 200"):
        backtest_home(league_home, POINTS, "2023-24")
