"""Box-score formulas against values worked by hand."""

import polars as pl
import pytest

from propcast.analytics.nba.box_score import (
    effective_field_goals,
    game_minutes,
    overtime_periods,
    possessions,
    true_shooting,
    usage,
)


@pytest.mark.parametrize(("minutes", "periods"), [(237, 0), (240, 0), (242, 0), (263, 1), (265, 1), (290, 2), (341, 4)])
def test_overtime_is_rounded(minutes: int, periods: int) -> None:
    """Feeds give 237–242 minutes for regulation; an extra period adds 25."""
    frame = pl.DataFrame({"m": [minutes]})
    assert frame.select(overtime_periods(pl.col("m"))).item() == periods
    assert frame.select(game_minutes(overtime_periods(pl.col("m")))).item() == 48 + 5 * periods


def test_formulas_of_one_line() -> None:
    """10 of 20 with 4 threes and 6 of 8 free throws, 3 turnovers, in 36 of 53 minutes of a side with 120 plays."""
    line = pl.DataFrame(
        {"pts": [30], "fgm": [10], "fga": [20], "fg3m": [4], "ftm": [6], "fta": [8], "tov": [3], "oreb": [2],
         "minutes_played": [36.0], "game_minutes": [53.0], "team_plays": [120.0]}
    )  # fmt: skip
    assert line.select(true_shooting()).item() == pytest.approx(30 / (2 * 23.52))
    assert line.select(effective_field_goals()).item() == pytest.approx(0.6)
    assert line.select(possessions()).item() == pytest.approx(24.52)
    assert line.select(usage()).item() == pytest.approx(26.52 * 53 / (36 * 120))


@pytest.mark.proves("L40", "E6")
def test_no_attempts_and_no_minutes_are_null() -> None:
    """A zero denominator gives null, never 0."""
    line = pl.DataFrame(
        {"pts": [0], "fgm": [0], "fga": [0], "fg3m": [0], "fta": [0], "tov": [1], "minutes_played": [0.0],
         "game_minutes": [48.0], "team_plays": [100.0]}
    )  # fmt: skip
    for formula in (true_shooting(), effective_field_goals(), usage()):
        assert line.select(formula).item() is None


@pytest.mark.proves("L40")
def test_possessions_need_offensive_rebounds() -> None:
    """Without offensive rebounds there are no possessions, not possessions with 0 of them."""
    line = pl.DataFrame({"fga": [80], "fta": [20], "tov": [12], "oreb": pl.Series([None], dtype=pl.Int64)})
    assert line.select(possessions()).item() is None
