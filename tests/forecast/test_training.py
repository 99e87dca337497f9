"""Training: the same rows give the same model, later rows do not reach it, physics is not contradicted."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from propcast.core.errors import NotReady
from propcast.core.gameday import GameDay
from propcast.core.markets import Market
from propcast.forecast.artefact import pack, sha256, unpack
from propcast.forecast.model import Model, matrix
from propcast.forecast.training import FALLS_WITH, RISES_WITH, UNSTEADY, dispersion_knots, train
from propcast.tables.features import CONTRACTS
from tests.forecast.models import MARKETS, UNTIL, artefact, rows
from tests.forecast.slates import POINTS, STRIKEOUTS, TONIGHT


def loaded(market: Market) -> Model:
    packed = pack(artefact(market))
    return unpack(packed, sha256(packed), CONTRACTS[market.sport])


def test_the_order_of_rows_changes_nothing() -> None:
    again = train(POINTS, rows(POINTS).sample(fraction=1, shuffle=True, seed=5), UNTIL)
    assert again == artefact(POINTS)


@pytest.mark.proves("E1", "L36")
def test_rows_from_the_day_on_and_without_a_result_change_nothing() -> None:
    known = rows(POINTS)
    later = known.with_columns(pl.lit(TONIGHT).alias("game_day"), pl.lit(99.0).alias("actual"))
    void = known.head(50).with_columns(pl.lit(None, pl.Float64).alias("actual"))
    assert train(POINTS, pl.concat([known, later, void]), UNTIL) == artefact(POINTS)


def test_the_card_says_what_it_was_fitted_on() -> None:
    card = artefact(POINTS).card
    assert (card.train_from, card.train_until) == (str(TONIGHT - timedelta(days=80)), str(TONIGHT))
    assert card.n_rows == rows(POINTS).height
    assert card.feature_hash == CONTRACTS[POINTS.sport].hash
    assert card.features == CONTRACTS[POINTS.sport].core


def test_other_rows_are_another_model() -> None:
    changed = rows(POINTS).with_columns(pl.col("actual") + 1)
    assert train(POINTS, changed, UNTIL).card.model_id != artefact(POINTS).card.model_id


def test_no_market_aware_feature_is_learned_from() -> None:
    aware = {f.name for f in CONTRACTS[POINTS.sport].features if f.market_aware}
    assert aware
    assert not aware & set(artefact(POINTS).card.features)


@pytest.mark.proves("L41")
@pytest.mark.parametrize("market", MARKETS, ids=lambda m: m.name)
def test_forecasts_move_with_physics(market: Market) -> None:
    model = loaded(market)
    values = matrix(rows(market).tail(40), model.card.features)
    for sign, names in ((1, RISES_WITH), (-1, FALLS_WITH)):
        for name in names[market.sport]:
            column = model.card.features.index(name)
            more = values.copy()
            more[:, column] += 0.3 * np.nanstd(values[:, column]) + 0.01
            assert (sign * (model.means(more) - model.means(values)) >= -1e-9).all()


def test_losing_an_unsteady_feed_leaves_forecasts_unbiased() -> None:
    """A feed that stops is missing for a whole season; trees that never saw that would read it as a weakness."""
    swings = rows(STRIKEOUTS).with_columns(
        (pl.col("actual") / 100).cast(pl.Float32).alias(UNSTEADY[STRIKEOUTS.sport][1])
    )
    packed = pack(train(STRIKEOUTS, swings, UNTIL))
    model = unpack(packed, sha256(packed), CONTRACTS[STRIKEOUTS.sport])
    means = model.means(matrix(rows(STRIKEOUTS), model.card.features))
    assert means.mean() == pytest.approx(swings["actual"].to_numpy().mean(), abs=0.3)


def test_too_few_rows_say_how_many_are_needed() -> None:
    with pytest.raises(NotReady, match=r"72 rows of points before 2024-10-30, at least 200"):
        train(POINTS, rows(POINTS), GameDay(TONIGHT - timedelta(days=77)))


def test_dispersion_is_variance_over_mean_by_predicted_mean() -> None:
    draw = np.random.default_rng(1)
    means = np.repeat([4.0, 20.0], 4000)
    actual = means + draw.normal(0, np.sqrt(np.where(means == 4.0, 16.0, 60.0)))
    (low, low_ratio), *_, (high, high_ratio) = dispersion_knots(means, actual)
    assert (low, high) == (4.0, 20.0)
    assert low_ratio == pytest.approx(4.0, rel=0.1)
    assert high_ratio == pytest.approx(3.0, rel=0.1)


def test_dispersion_is_never_below_poisson() -> None:
    knots = dispersion_knots(np.full(3000, 5.0), np.full(3000, 5.0))
    assert {ratio for _, ratio in knots} == {1.0}
