"""Commands about a whole environment, and publishing models: what they print, and how they end."""

import json
from pathlib import Path

import pytest

from propcast.backends.compose import Backends, compose
from propcast.backends.settings import load_settings
from propcast.backends.state.records import StepState
from propcast.core.sport import Sport
from propcast.pipeline.models import register
from propcast.pipeline.publication import PUBLISH
from propcast.pipeline.steps import StepResult, StepStore, run_step
from propcast.service.topics import Places, subscriptions, topics
from propcast.tables.forecasts import MODELS
from tests.cli.conftest import propcast
from tests.forecast.models import artefact
from tests.forecast.slates import POINTS, STRIKEOUTS

MANIFEST = Path(__file__).parents[2] / "deploy" / "propcast.toml"
FILE = ("--file", MANIFEST)


@pytest.fixture
def home(tmp_path: Path) -> Backends:
    """A home with everything that services need, and nothing deployed."""
    backends = compose(load_settings(home=tmp_path / "home", environ={}), environ={})
    backends.bus.ensure(topics(Places()), subscriptions(Places()))

    def work(store: StepStore) -> StepResult:
        for market in (POINTS, STRIKEOUTS):
            register(backends, store, artefact(market))
        return StepResult(StepState.DONE)

    run_step(backends, PUBLISH, Sport.NBA, None, work)
    return backends


@pytest.mark.parametrize("words", ["prerequisites", "drift", "rollout-all", "models publish"])
def test_help_has_an_example(words: str) -> None:
    assert f"Example:  propcast {words}" in propcast(*words.split(), "--help").stdout


def test_prerequisites_that_are_all_there_end_well(home: Backends) -> None:
    done = propcast("--home", home.settings.home, "prerequisites", *FILE)
    assert done.exit_code == 0, done.output
    assert "prediction-worker" in done.stdout
    assert "fail" not in done.stdout


def test_what_is_missing_is_listed_and_ends_badly(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = propcast("--home", tmp_path / "empty", "prerequisites", *FILE, "--json")
    missing = json.loads(done.stdout)["missing"]
    assert done.exit_code == 1
    assert "models: no model of nba is registered; `propcast models publish` one" in missing["prediction-worker"]
    assert "wires: topic analytics-ready is missing" in missing["analytics-processor"]


def test_drift_says_what_it_compared(home: Backends) -> None:
    done = propcast("--home", home.settings.home, "drift", *FILE)
    assert done.exit_code == 0, done.output
    assert "7 things compared, 0 differ" in done.stdout
    assert "not compared: invokers" in done.stdout


def test_drift_ends_badly_for_any_difference(home: Backends) -> None:
    home.bus.ensure(["by-hand"], [])
    done = propcast("--home", home.settings.home, "drift", *FILE, "--json")
    assert done.exit_code == 1
    assert [each["told"] for each in json.loads(done.stdout)["differences"]] == [
        "topic by-hand is there, and nothing declares it"
    ]


def test_nothing_is_rolled_out_while_a_service_has_nothing_staged(home: Backends) -> None:
    done = propcast("--home", home.settings.home, "rollout-all", *FILE)
    assert done.exit_code == 2
    assert "nothing of admin-dashboard is staged in local" in done.output


def test_a_model_is_published_and_then_there_already(home: Backends, tmp_path: Path) -> None:
    words = ("models", "publish", artefact().card.model_id, "--environment", "local", "--to", tmp_path / "other", *FILE)
    assert "is published" in propcast("--home", home.settings.home, *words).stdout
    assert "was there already" in propcast("--home", home.settings.home, *words).stdout
    other = compose(load_settings(home=tmp_path / "other", environ={}), environ={})
    assert other.warehouse.read(MODELS)["model_id"].to_list() == [artefact().card.model_id]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--environment", "production"), "there is no adapter for that yet"),
        (("--environment", "local"), "name its home with --to DIR"),
        (("--environment", "prod"), "no environment is called 'prod'"),
    ],
)
def test_where_a_model_cannot_go_is_said(home: Backends, words: tuple[str, ...], told: str) -> None:
    done = propcast("--home", home.settings.home, "models", "publish", "x", *words, *FILE)
    assert done.exit_code == 2
    assert told in done.output
