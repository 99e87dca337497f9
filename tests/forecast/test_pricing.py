"""Rows per participant and line: probabilities, fair odds, value, status, identity."""

import numpy as np
import polars as pl
import pytest

from propcast.core.identity import prediction_id
from propcast.core.implied import p_over_at
from propcast.core.reasons import Reason, Status
from propcast.forecast.pricing import BatchIdentity, Said, predictions, slate_predictions
from propcast.forecast.systems.base import SlateInputs
from propcast.forecast.systems.market_implied import MarketImplied
from propcast.forecast.systems.moving_average import MovingAverage
from propcast.tables.contract import split
from propcast.tables.forecasts import PREDICTIONS
from tests.forecast.slates import POINTS, lines, nba_slate

BATCH = BatchIdentity("batch", "data")


def priced(inputs: SlateInputs, offered: pl.DataFrame) -> pl.DataFrame:
    return predictions(MovingAverage().forecast(inputs), inputs, offered, BATCH)


def test_every_line_of_every_participant_gets_a_row_and_obeys_the_contract() -> None:
    inputs = nba_slate(24)
    rows = priced(inputs, lines(inputs.features, 0.5, 1.0, -2.5))
    assert rows.group_by("participant_id").len()["len"].unique().to_list() == [3]
    assert rows["status"].unique().to_list() == [Status.FORECAST]
    stored = rows.with_columns(pl.lit(value=True).alias("is_quoted")).select(PREDICTIONS.schema.names())
    assert split(PREDICTIONS, stored).bad.is_empty()


def test_without_a_line_the_distribution_stands_and_nothing_is_invented() -> None:
    inputs = nba_slate(4)
    rows = priced(inputs, lines(inputs.features, 0.5).head(3))
    alone = rows.filter(pl.col("line").is_null())
    assert alone["participant_id"].to_list() == [inputs.features["participant_id"][3]]
    assert alone["status"].to_list() == [Status.NO_LINE]
    assert alone["reasons"].to_list() == [[Reason.NO_LINE]]
    assert alone["mean"].is_not_null().all()
    assert alone.select("p_over_raw", "p_over_blended", "ev_over").null_count().sum_horizontal().item() == 3


def test_who_abstains_keeps_his_lines_with_the_reason_and_no_number() -> None:
    inputs = nba_slate(4)
    silent = inputs.features.with_columns(pl.lit(Reason.NOT_ON_ROSTER.value).alias("reason"))
    rows = priced(SlateInputs(POINTS, silent, inputs.consensus, inputs.pool), lines(silent, 0.5, 1.5))
    assert rows["line"].null_count() == 0
    assert rows["status"].unique().to_list() == [Status.ABSTAINED]
    assert rows["reasons"].unique().to_list() == [[Reason.NOT_ON_ROSTER]]
    assert rows.select("mean", "family", "params", "p_over_raw", "contributions").null_count().row(0) == (8,) * 5


def test_until_a_weight_is_fitted_the_blend_is_the_market_at_that_line() -> None:
    inputs = nba_slate(6)
    rows = priced(inputs, lines(inputs.features, 0.5, -2.5))
    implied = rows.join(inputs.consensus, on="participant_id", maintain_order="left")["implied_mean"].to_numpy()
    expected = p_over_at(POINTS, implied, rows["line"].to_numpy())
    assert rows["p_over_market"].to_numpy() == pytest.approx(expected)
    assert rows["p_over_blended"].to_numpy() == pytest.approx(expected)
    assert rows["p_over_calibrated"].null_count() == rows.height


def test_a_push_keeps_its_probability_and_the_sides_share_the_rest() -> None:
    inputs = nba_slate(6)
    rows = priced(inputs, lines(inputs.features, 1.0))
    push = rows["p_push_raw"].to_numpy()
    assert (push > 0).all()
    assert rows["p_push_blended"].to_numpy() == pytest.approx(push)
    assert rows["p_over_blended"].to_numpy() == pytest.approx((1 - push) * rows["p_over_market"].to_numpy())


def test_value_and_fair_odds_come_from_the_blend() -> None:
    inputs = nba_slate(6)
    row = priced(inputs, lines(inputs.features, 1.0)).row(0, named=True)
    win, loss = row["p_over_blended"], row["p_under_blended"]
    assert row["ev_over"] == pytest.approx(win * (100 / 110) - loss)
    assert row["fair_over"] == pytest.approx((win + loss) / win)
    assert row["ev_under"] == pytest.approx(loss * (100 / 110) - win)


def test_without_a_market_price_there_is_no_blend_and_no_value() -> None:
    inputs = nba_slate(3, implied_mean=pl.lit(None, pl.Float64))
    rows = priced(inputs, lines(inputs.features, 0.5))
    assert rows["p_over_raw"].null_count() == 0
    assert rows.select("p_over_blended", "p_push_blended", "fair_over", "ev_over").null_count().row(0) == (3,) * 4


def test_the_id_is_the_one_definition_of_a_prediction_id() -> None:
    inputs = nba_slate(4)
    rows = pl.concat(
        [priced(inputs, lines(inputs.features, 0.5, 1.0)), priced(inputs, lines(inputs.features, 0.5)[:0])]
    )
    for row in rows.iter_rows(named=True):
        as_of = row["as_of"].strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")
        key = (row["sport"], row["event_id"], row["participant_id"], row["market"], row["line"])
        assert row["prediction_id"] == prediction_id(*key, row["system"], row["model_id"], as_of)
    assert rows["prediction_id"].n_unique() == rows.height


def test_ids_do_not_depend_on_the_batch_or_the_order_of_rows() -> None:
    inputs = nba_slate(8)
    offered = lines(inputs.features, 0.5, 1.5)
    mixed = SlateInputs(POINTS, inputs.features.reverse(), inputs.consensus, inputs.pool)
    again = predictions(MovingAverage().forecast(mixed), mixed, offered.reverse(), BatchIdentity("other", "data"))
    same = [name for name in PREDICTIONS.content_columns if name not in ("batch_id", "is_quoted")]
    assert priced(inputs, offered).select(same).sort("prediction_id").equals(again.select(same).sort("prediction_id"))


@pytest.mark.proves("L39")
def test_lines_of_another_market_are_not_priced() -> None:
    inputs = nba_slate(3)
    offered = lines(inputs.features, 0.5).with_columns(pl.lit("rebounds").alias("market"))
    assert priced(inputs, offered)["line"].null_count() == 3


def test_mirrored_quotes_have_mirrored_values() -> None:
    inputs = nba_slate(3)
    said = MarketImplied().forecast(inputs)
    rows = predictions(said, inputs, lines(inputs.features, 0.5), BATCH)
    total = rows["ev_over"].to_numpy() + rows["ev_under"].to_numpy()
    assert total == pytest.approx(np.full(3, 100 / 110 - 1))


def test_a_whole_slate_is_the_systems_one_by_one() -> None:
    inputs = nba_slate(5)
    offered = lines(inputs.features, 0.5, 1.0)
    said = [MovingAverage().forecast(inputs), MarketImplied().forecast(inputs)]
    apart = pl.concat([predictions(one, inputs, offered, BATCH) for one in said])
    assert slate_predictions([Said(inputs, said)], offered, BATCH).equals(apart)
