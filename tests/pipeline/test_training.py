"""Training: a model is used from the day after its last game on, unharmed or not at all."""

from pathlib import Path

import polars as pl
import pytest

from propcast.backends.compose import Backends
from propcast.backends.state.records import StepState
from propcast.backends.warehouse.port import In
from propcast.core.errors import InputError, ModelRefused, NotReady
from propcast.core.gameday import GameDay
from propcast.core.markets import market
from propcast.core.sport import Sport
from propcast.forecast.systems import boosted
from propcast.pipeline.day import published, run_day
from propcast.pipeline.models import models_for
from propcast.pipeline.registry import registered
from propcast.pipeline.training import train_market
from propcast.tables.precompute import NBA_TRAINING_ROWS
from tests.league import nba
from tests.pipeline.conftest import NBA_DAY

POINTS = market("points")
EARLIER = NBA_DAY.plus(-2)


def of_trees(backends: Backends, day: GameDay) -> pl.DataFrame:
    """What the boosted system says of points on a day."""
    run_day(backends, Sport.NBA, day)
    predictions, _ = published(backends, Sport.NBA, day)
    return predictions.filter((pl.col("system") == boosted.NAME) & (pl.col("market") == "points"))


def artefact_file(backends: Backends) -> Path:
    """The only model file of the home."""
    (found,) = (backends.settings.home / "objects").rglob("*.zip")
    return found


@pytest.mark.proves("L43")
def test_a_model_forecasts_the_first_day_that_it_has_not_seen(trained_home: Backends) -> None:
    said = of_trees(trained_home, NBA_DAY)
    known = registered(trained_home, POINTS)["model_id"].item()
    assert said.filter(pl.col("status") == "forecast").height > 0
    assert set(said.filter(pl.col("status") == "forecast")["model_id"]) == {known}


@pytest.mark.proves("L36", "L43")
def test_a_model_never_forecasts_a_day_that_it_was_fitted_on(trained_home: Backends) -> None:
    """The slate says why, and names no other model in its place."""
    said = of_trees(trained_home, EARLIER)
    assert said.height > 0
    assert set(said["status"]) == {"abstained"}
    assert said["reasons"].list.contains("MODEL_UNAVAILABLE").all()


@pytest.mark.proves("L36")
@pytest.mark.usefixtures("few_trees")
def test_the_registry_serves_a_day_only_by_models_of_its_past(trained_home: Backends) -> None:
    train_market(trained_home, Sport.NBA, POINTS, EARLIER)
    untils = {
        str(day): [model.card.train_until for model in models_for(trained_home, [POINTS], day)[POINTS.name].values()]
        for day in (EARLIER.plus(-1), EARLIER, NBA_DAY.plus(-1), NBA_DAY, NBA_DAY.plus(30))
    }
    assert list(untils.values()) == [[], [str(EARLIER)], [str(EARLIER)], [str(NBA_DAY)], [str(NBA_DAY)]]


@pytest.mark.proves("L36")
def test_it_is_fitted_on_every_game_before_its_day_and_none_after(trained_home: Backends) -> None:
    row = registered(trained_home, POINTS).row(0, named=True)
    days = {game.event_id: game.day for game in nba.games()}
    before = sum(days[event] < NBA_DAY.date for event, _ in nba.points_scored())
    assert row["n_rows"] == before
    assert row["train_until"] == NBA_DAY.date


@pytest.mark.usefixtures("few_trees")
def test_training_again_registers_nothing_new(trained_home: Backends) -> None:
    """The same rows give the same artefact."""
    before = registered(trained_home, POINTS)
    again = train_market(trained_home, Sport.NBA, POINTS, NBA_DAY)
    assert again.model_id == before["model_id"].item()
    assert registered(trained_home, POINTS).equals(before)


@pytest.mark.proves("L43")
def test_a_changed_file_is_refused_and_nothing_takes_its_place(trained_home: Backends) -> None:
    """No fallback: the day fails, the ledger says why, nothing new is published."""
    path = artefact_file(trained_home)
    before = trained_home.ledger.current(Sport.NBA, NBA_DAY)
    body = path.read_bytes()
    path.write_bytes(body[:-20] + bytes([body[-20] ^ 1]) + body[-19:])
    with pytest.raises(ModelRefused, match="sha256"):
        run_day(trained_home, Sport.NBA, NBA_DAY)
    assert trained_home.ledger.current(Sport.NBA, NBA_DAY) == before
    run = trained_home.ledger.runs(Sport.NBA, NBA_DAY, limit=1)[0]
    assert (run.step, run.outcome) == ("nba/forecast", StepState.FAILED)
    assert "ModelRefused" in run.reason


@pytest.mark.proves("L43")
def test_a_file_that_is_gone_is_refused(trained_home: Backends) -> None:
    artefact_file(trained_home).unlink()
    with pytest.raises(ModelRefused, match="put it back or train it again"):
        models_for(trained_home, [POINTS], NBA_DAY)


def test_too_few_rows_are_not_ready_and_say_how_many_are_needed(league_home: Backends) -> None:
    """A week of games is no history; nothing is registered."""
    with pytest.raises(NotReady, match="at least 200"):
        train_market(league_home, Sport.NBA, POINTS, GameDay.parse("2023-10-30"))
    assert registered(league_home, POINTS).is_empty()
    assert league_home.ledger.runs(step="nba/train/points")[0].outcome is StepState.NOT_READY


def test_no_results_at_all_say_what_to_import(league_home: Backends) -> None:
    with pytest.raises(NotReady, match="propcast import"):
        train_market(league_home, Sport.NBA, POINTS, GameDay.parse("2010-01-01"))


def test_a_market_of_the_other_sport_is_refused(league_home: Backends) -> None:
    with pytest.raises(InputError, match="--sport mlb"):
        train_market(league_home, Sport.NBA, market("pitcher_strikeouts"), NBA_DAY)


@pytest.mark.proves("L35")
def test_training_rows_hold_everybody_who_played(trained_home: Backends) -> None:
    """The population is who took part, whatever came of it."""
    rows = trained_home.warehouse.read(NBA_TRAINING_ROWS, [In("market", ("points",))])
    kept = set(rows.select("event_id", "player_id").iter_rows())
    before = {key for key in nba.points_scored() if key[0] in set(rows["event_id"])}
    assert kept == before
