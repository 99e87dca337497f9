"""The trained system: no model, no forecast; another contract, no forecast."""

import json

import polars as pl
import pytest

from propcast.core.reasons import Reason
from propcast.forecast.artefact import pack, sha256, unpack
from propcast.forecast.model import Model
from propcast.forecast.systems.base import SlateInputs
from propcast.forecast.systems.boosted import Boosted
from propcast.forecast.systems.registry import forecast_all
from propcast.tables.features import CONTRACTS
from tests.forecast.models import artefact
from tests.forecast.slates import POINTS, nba_slate


@pytest.fixture(scope="module")
def model() -> Model:
    packed = pack(artefact())
    return unpack(packed, sha256(packed), CONTRACTS[POINTS.sport])


@pytest.mark.proves("L43")
def test_without_a_model_it_abstains_and_nothing_stands_in() -> None:
    said = Boosted(None).forecast(nba_slate())
    assert not said.spoken.any()
    assert said.reasons[0] == [Reason.MODEL_UNAVAILABLE]
    assert said.model_id == "none"


def test_it_forecasts_the_trees_mean_with_their_dispersion(model: Model) -> None:
    said = Boosted(model).forecast(nba_slate(line_consensus=None))
    assert said.spoken.all()
    assert said.model_id == model.card.model_id
    variance = said.distributions.sd**2 / said.distributions.mean
    assert variance == pytest.approx(model.ratios(said.distributions.mean), rel=0.01)
    assert len(json.loads(said.contributions[0] or "")) == 5


@pytest.mark.proves("L42")
def test_features_of_another_contract_are_not_scored(model: Model) -> None:
    inputs = nba_slate()
    other = inputs.features.with_columns(
        pl.when(pl.int_range(pl.len()) == 2).then(pl.lit("0000")).otherwise("feature_hash").alias("feature_hash")
    )
    said = Boosted(model).forecast(SlateInputs(POINTS, other, inputs.consensus, inputs.pool))
    assert said.reasons[2] == [Reason.FEATURE_HASH_MISMATCH]
    assert said.spoken.sum() == inputs.features.height - 1


def test_with_a_model_it_joins_the_ensemble(model: Model) -> None:
    *members, pool = forecast_all(nba_slate(), {"gbm_lightgbm": model})
    assert "gbm_lightgbm" in json.loads(pool.contributions[0] or "")
    assert len([m for m in members if m.spoken.all()]) >= 4
