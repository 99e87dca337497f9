"""The formula expectation, by hand."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propcast.forecast.systems.expectation import expectation, terms, with_league
from tests.forecast.slates import POINTS, STRIKEOUTS

NBA = {
    "stat_avg_l5": 20.0,
    "stat_avg_l10": 18.0,
    "stat_mean_shrunk": 16.0,
    "games_played_season": 30.0,
    "opp_allowed_index": 1.21,
    "pace_factor": 1.02,
    "fatigue_load": 50.0,
}
MLB = {
    "k_pct_shrunk": 0.25,
    "bf_projected": 22.0,
    "opp_k_pct_vs_hand": 0.242,
    "park_k_factor": 1.05,
    "league_k_pct": 0.22,
}


def nba(**changes: float | None) -> float | None:
    return _value(
        pl.DataFrame({**NBA, **changes}, schema_overrides=dict.fromkeys(NBA, pl.Float32)), expectation(POINTS)
    )


def _value(row: pl.DataFrame, expression: pl.Expr) -> float | None:
    value: float | None = row.select(expression.alias("value")).item()
    return value


def test_form_opponent_pace_and_fatigue_multiply() -> None:
    form = 0.35 * 20 + 0.30 * 18 + 0.35 * 16
    assert nba() == pytest.approx(form * 1.1 * 1.02 * (1 - 0.03 * 0.5), rel=1e-6)


def test_a_missing_form_average_gives_its_weight_to_the_others() -> None:
    form = (0.35 * 20 + 0.35 * 16) / 0.70
    assert nba(stat_avg_l10=None) == pytest.approx(form * 1.1 * 1.02 * 0.985, rel=1e-6)


def test_with_fewer_than_three_games_the_shrunk_mean_carries_alone() -> None:
    assert nba(games_played_season=2.0) == pytest.approx(16 * 1.1 * 1.02 * 0.985, rel=1e-6)
    assert nba(games_played_season=3.0) == nba()


@pytest.mark.parametrize("name", ["stat_mean_shrunk", "opp_allowed_index", "pace_factor", "fatigue_load"])
def test_a_part_that_is_never_null_is_not_replaced(name: str) -> None:
    assert nba(**{name: None}) is None


@given(st.floats(0, 99), st.floats(0.01, 1))
def test_fatigue_never_raises_a_forecast(load: float, more: float) -> None:
    """Trap: a score of 100 = fresh read as 100 = tired."""
    fresher, wearier = nba(fatigue_load=load), nba(fatigue_load=load + more)
    assert fresher is not None
    assert wearier is not None
    assert wearier <= fresher


def test_a_faster_opponent_raises_a_forecast() -> None:
    """Trap: the difference of the teams' paces, which has the wrong sign."""
    fast, slow = nba(pace_factor=1.05), nba(pace_factor=0.95)
    assert fast is not None
    assert slow is not None
    assert fast > slow


def test_strikeouts_are_rate_times_batters_times_opponent_times_park() -> None:
    value = _value(pl.DataFrame(MLB), expectation(STRIKEOUTS))
    assert value == pytest.approx(0.25 * 22 * 0.242 / 0.22 * 1.05)


@pytest.mark.parametrize(("row", "market"), [(NBA, POINTS), (MLB, STRIKEOUTS)])
def test_the_named_terms_add_up_to_the_expectation(row: dict[str, float], market: object) -> None:
    from propcast.core.markets import Market

    assert isinstance(market, Market)
    frame = pl.DataFrame(row)
    total = frame.select(terms(market)).sum_horizontal().item()
    assert total == pytest.approx(_value(frame, expectation(market)))


def test_the_league_reference_is_the_mean_of_the_year_before_the_day() -> None:
    """Trap: a league average that includes the day itself."""
    rows = pl.DataFrame({
        "game_day": [date(2024, 4, 1), date(2024, 4, 2), date(2024, 4, 2), date(2024, 4, 3), date(2025, 4, 2)],
        "opp_k_pct_vs_hand": [0.20, 0.24, None, 0.30, 0.90],
    })  # fmt: skip
    league = with_league(rows, rows)["league_k_pct"].to_list()
    assert league[0] is None
    assert league[1:] == pytest.approx([0.20, 0.20, 0.22, 0.27])
