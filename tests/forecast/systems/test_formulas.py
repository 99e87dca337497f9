"""Moving average, zone match-up and bottom-up line-up on a slate."""

import json

import polars as pl
import pytest

from propcast.core.reasons import Reason
from propcast.forecast.systems.base import SlateInputs
from propcast.forecast.systems.lineup_bottom_up import LineupBottomUp
from propcast.forecast.systems.moving_average import MovingAverage
from propcast.forecast.systems.zone_matchup import ZoneMatchup
from tests.forecast.slates import mlb_slate, nba_slate


def with_feature(inputs: SlateInputs, **values: float | None) -> SlateInputs:
    features = inputs.features.with_columns(pl.lit(v, pl.Float32).alias(name) for name, v in values.items())
    return SlateInputs(inputs.market, features, inputs.consensus, inputs.pool)


def test_the_moving_average_names_its_five_largest_terms() -> None:
    said = MovingAverage().forecast(nba_slate())
    named = json.loads(said.contributions[0] or "")
    assert list(named)[:3] == sorted(list(named)[:3], key=lambda name: -named[name])
    assert len(named) == 5


@pytest.mark.parametrize("name", ["stat_mean_shrunk", "pace_factor"])
def test_the_moving_average_abstains_without_a_factor(name: str) -> None:
    said = MovingAverage().forecast(with_feature(nba_slate(), **{name: None}))
    assert set(map(tuple, said.reasons)) == {(Reason.FEATURES_MISSING,)}


def test_strikeouts_use_the_league_of_the_season_so_far() -> None:
    inputs = mlb_slate()
    higher = inputs.pool.with_columns(pl.col("opp_k_pct_vs_hand") * 1.1)
    plain = MovingAverage().forecast(inputs).distributions.mean
    against_higher = (
        MovingAverage()
        .forecast(SlateInputs(inputs.market, inputs.features, inputs.consensus, higher))
        .distributions.mean
    )
    assert (against_higher < plain).all()


def test_the_league_ignores_the_slates_own_day_and_later_in_the_pool() -> None:
    inputs = mlb_slate()
    later = inputs.features.with_columns(
        pl.lit(0.32, pl.Float32).alias("opp_k_pct_vs_hand"), pl.lit(9.0).alias("actual")
    )
    with_later = SlateInputs(inputs.market, inputs.features, inputs.consensus, pl.concat([inputs.pool, later]))
    assert (
        MovingAverage().forecast(with_later).distributions.params
        == MovingAverage().forecast(inputs).distributions.params
    )


def test_zones_scale_minutes_and_pace_and_add_the_match_up() -> None:
    values = {"stat_mean_shrunk": 16.0, "minutes_projected": 33.0, "minutes_avg_l10": 30.0, "pace_factor": 1.02}
    inputs = with_feature(nba_slate(line_consensus=None), **values, zone_matchup=1.5)
    assert ZoneMatchup().forecast(inputs).distributions.mean == pytest.approx(16 * 1.1 * 1.02 + 1.5, abs=1e-3)


def test_zones_abstain_where_there_is_no_zone_defence() -> None:
    said = ZoneMatchup().forecast(with_feature(nba_slate(), zone_matchup=None))
    assert set(map(tuple, said.reasons)) == {(Reason.FEATURES_MISSING,)}


def test_the_line_up_sum_is_the_mean_and_without_batters_there_is_none() -> None:
    known = with_feature(mlb_slate(line_consensus=None), expected_k_bottom_up=5.25)
    assert LineupBottomUp().forecast(known).distributions.mean == pytest.approx(5.25, abs=1e-3)
    assert LineupBottomUp().forecast(mlb_slate()).reasons[0] == [Reason.FEATURES_MISSING]
