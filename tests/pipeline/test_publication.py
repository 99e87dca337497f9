"""Publishing a model: the same bytes in another environment, proven there, and registered last."""

from pathlib import Path

import polars as pl
import pytest

from propcast.backends.compose import Backends, compose
from propcast.backends.settings import load_settings
from propcast.backends.state import audit
from propcast.backends.state.records import StepState
from propcast.core.errors import InputError, ModelRefused
from propcast.core.gameday import GameDay
from propcast.core.markets import market
from propcast.core.sport import Sport
from propcast.pipeline.models import models_for, register
from propcast.pipeline.publication import ACTION, PUBLISH, Published, publish
from propcast.pipeline.steps import StepResult, StepStore, run_step
from propcast.tables.forecasts import MODELS
from tests.forecast.models import UNTIL, artefact

MODEL = artefact().card.model_id


def opened(home: Path) -> Backends:
    return compose(load_settings(home=home, environ={}))


@pytest.fixture
def here(tmp_path: Path) -> Backends:
    """A home with one registered model."""
    backends = opened(tmp_path / "here")

    def work(store: StepStore) -> StepResult:
        register(backends, store, artefact())
        return StepResult(StepState.DONE)

    run_step(backends, PUBLISH, Sport.NBA, None, work)
    return backends


@pytest.fixture
def there(tmp_path: Path) -> Backends:
    """An empty home."""
    return opened(tmp_path / "there")


def file_of(backends: Backends) -> Path:
    (found,) = (backends.settings.home / "objects").rglob("*.zip")
    return found


def published(here: Backends, there: Backends) -> Published:
    return publish(here, there, MODEL, "ann")


def test_a_published_model_serves_there(here: Backends, there: Backends) -> None:
    done = published(here, there)
    assert (done.model_id, done.new) == (MODEL, True)
    assert done.golden_rows > 0
    loaded = models_for(there, [market("points")], GameDay(UNTIL.date))
    assert {model.card.model_id for model in loaded["points"].values()} == {MODEL}
    assert there.warehouse.read(MODELS).equals(here.warehouse.read(MODELS))


def test_publishing_again_changes_nothing(here: Backends, there: Backends) -> None:
    published(here, there)
    before = there.warehouse.read(MODELS)
    assert published(here, there).new is False
    assert there.warehouse.read(MODELS).equals(before)


def test_publishing_goes_on_where_it_was_cut_off(here: Backends, there: Backends) -> None:
    done = published(here, there)
    other = opened(there.settings.home.parent / "cut")
    other.objects.put(done.object_key, here.objects.get(done.object_key))
    assert published(here, other).new is True


def test_who_published_stands_in_the_audit_trail(here: Backends, there: Backends) -> None:
    published(here, there)
    (entry,) = audit.find(there.state, action=ACTION)
    assert (entry.actor, entry.target) == ("ann", MODEL)


@pytest.mark.proves("L36")
def test_a_tampered_artefact_is_not_published(here: Backends, there: Backends) -> None:
    path = file_of(here)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(ModelRefused, match="sha256"):
        published(here, there)
    assert there.warehouse.read(MODELS).is_empty()
    assert list(there.settings.home.rglob("*.zip")) == []


def test_an_artefact_that_was_tampered_with_on_its_way_is_not_registered(here: Backends, there: Backends) -> None:
    done = published(here, there)
    path = file_of(there)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(ModelRefused, match=r"another file under .* publish again"):
        published(here, there)
    assert done.new


def test_a_file_that_is_gone_is_refused(here: Backends, there: Backends) -> None:
    file_of(here).unlink()
    with pytest.raises(ModelRefused, match="has no file"):
        published(here, there)


def test_a_row_that_its_file_does_not_bear_out_is_refused(here: Backends, there: Backends) -> None:
    row = here.warehouse.read(MODELS).select(*MODELS.schema).with_columns(model_id=pl.lit("boosted-points-forged"))

    def work(store: StepStore) -> StepResult:
        store.write(MODELS, row)
        return StepResult(StepState.DONE)

    run_step(here, PUBLISH, Sport.NBA, None, work)
    with pytest.raises(ModelRefused, match="says another model_id than its row"):
        publish(here, there, "boosted-points-forged", "ann")


def test_an_environment_with_another_row_of_that_name_refuses(here: Backends, there: Backends) -> None:
    row = here.warehouse.read(MODELS).select(*MODELS.schema).with_columns(sha256=pl.lit("0" * 64))

    def work(store: StepStore) -> StepResult:
        store.write(MODELS, row)
        return StepResult(StepState.DONE)

    run_step(there, PUBLISH, Sport.NBA, None, work)
    with pytest.raises(ModelRefused, match="another row"):
        published(here, there)


def test_a_model_that_nobody_registered_is_named_with_what_there_is(here: Backends, there: Backends) -> None:
    with pytest.raises(InputError, match=MODEL):
        publish(here, there, MODEL[:-1], "ann")
    with pytest.raises(InputError, match="train one first"):
        publish(there, here, MODEL, "ann")
