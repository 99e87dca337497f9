"""Rest, density, travel and fatigue of one team's week, worked by hand."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from propcast.analytics.nba.travel import legs
from propcast.analytics.windows import cutoff_day
from propcast.precompute.nba.fatigue import fatigue_load, schedule_load

D = date(2024, 12, 20)

BOSTON = [(-15, "BOS"), (-14, "BOS"), (-8, "LAL"), (-7, "DEN"), (-3, "NYK"), (-1, "CHI")]  # (day − D, arena)
DENVER = [(-30, "DEN"), (-2, "DEN")]


def team_games(boston: list[tuple[int, str]] = BOSTON, denver: list[tuple[int, str]] = DENVER) -> pl.DataFrame:
    """Games of Boston and Denver at the arenas named; the host is the opponent, away from home."""
    rows = []
    for team, games in (("BOS", boston), ("DEN", denver)):
        for offset, arena in games:
            other = arena if arena != team else "MIA"
            event = f"{team}{offset}"
            rows += [
                (event, team, other, offset, arena == team, arena),
                (event, other, team, offset, arena == other, arena),
            ]
    names = ["event_id", "team", "opponent", "offset", "is_home", "venue"]
    frame = pl.DataFrame(rows, schema=names, orient="row")
    dated = frame.with_columns(
        (pl.lit(D) + pl.duration(days=pl.col("offset"))).alias("game_day"), season=pl.lit("2024-25")
    )
    return legs(dated)


def tonight(venue: str, day: date = D) -> pl.DataFrame:
    frame = pl.DataFrame(
        {"event_id": ["tonight"], "team": ["BOS"], "opponent": ["DEN"], "season": ["2024-25"], "game_day": [day],
         "venue_team": [venue], "as_of": [datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=22)]}
    )  # fmt: skip
    return frame.with_columns(pl.col("as_of").dt.cast_time_unit("us")).with_columns(cutoff_day())


def load(venue: str, games: pl.DataFrame, day: date = D) -> dict[str, float | None]:
    return schedule_load(tonight(venue, day), games).row(0, named=True)


def test_a_week_by_hand() -> None:
    """Back-to-back after Chicago: 3 games in the last 7 days, not the third in four nights."""
    found = load("BOS", team_games())
    assert (found["rest_days"], found["is_b2b"]) == (0, 1)
    assert found["rest_advantage"] == 0 - 1
    assert found["games_last_7d"] == 3  # −7, −3, −1: not tonight and not −8
    assert found["is_3in4"] == 1  # −3 and −1, tonight is the third
    assert found["back_to_backs_14d"] == 2  # second nights 7 and 14 days ago
    assert found["travel_km"] == pytest.approx(1372, abs=10)


def test_back_to_backs_of_two_weeks_exclude_the_day_before_them() -> None:
    """A second night 14 days ago counts, 15 days ago does not."""
    inside, outside = [(-15, "BOS"), (-14, "BOS")], [(-16, "BOS"), (-15, "BOS")]
    assert load("BOS", team_games(inside))["back_to_backs_14d"] == 1
    assert load("BOS", team_games(outside))["back_to_backs_14d"] == 0


def test_third_in_four_nights_needs_two_in_three() -> None:
    """Games 4 and 1 days ago make tonight the second in four nights."""
    assert load("BOS", team_games([(-4, "BOS"), (-1, "BOS")]))["is_3in4"] == 0
    assert load("BOS", team_games([(-3, "BOS"), (-2, "BOS")]))["is_3in4"] == 1


def test_rest_advantage_needs_the_opponents_rest() -> None:
    """Without an earlier game of the opponent it is null, not own rest against 0."""
    found = load("BOS", team_games([(-1, "CHI")], denver=[]))
    assert found["rest_days"] == 0
    assert found["rest_advantage"] is None


def test_a_long_rest_is_capped_for_both() -> None:
    """Rest shows up to 10 days; the advantage compares at most 4 with 4."""
    found = load("BOS", team_games([(-20, "BOS")], [(-30, "DEN")]))
    assert (found["rest_days"], found["rest_advantage"]) == (10, 0)


def test_first_game_of_a_season_starts_at_home() -> None:
    """No rest, and the trip begins at the home arena."""
    found = load("DEN", team_games([]))
    assert found["rest_days"] is None
    assert found["is_b2b"] == 0
    assert found["travel_km"] == pytest.approx(2842, abs=20)
    assert load("BOS", team_games([]))["travel_km"] == 0


def test_flying_east_is_positive_and_clocks_change() -> None:
    """Los Angeles to Boston is +3 h; Phoenix keeps its clock when Denver changes."""
    assert load("BOS", team_games([(-2, "LAL")]))["tz_shift_h"] == 3
    assert load("LAL", team_games([(-2, "BOS")]))["tz_shift_h"] == -3
    assert load("PHX", team_games([(-2, "DEN")]))["tz_shift_h"] == 0
    summer = date(2025, 4, 10)
    games = team_games([((summer - D).days - 2, "DEN")])
    assert load("PHX", games, summer)["tz_shift_h"] == -1


def parts(**changes: float) -> pl.DataFrame:
    fresh = {
        "is_b2b": 0,
        "is_3in4": 0,
        "minutes_last_7d": 60.0,
        "km_72h": 0.0,
        "tz_shift_h": 0.0,
        "back_to_backs_14d": 0,
    }
    return pl.DataFrame({name: [value] for name, value in (fresh | changes).items()})


@pytest.mark.proves("L41")
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 0),
        ({"is_b2b": 1}, 35),
        ({"is_3in4": 1}, 15),
        ({"minutes_last_7d": 150.0}, 10),
        ({"km_72h": 1500.0}, 5),
        ({"tz_shift_h": -2.0}, 5),
        ({"back_to_backs_14d": 3}, 15),
        ({"is_b2b": 1, "is_3in4": 1, "minutes_last_7d": 400.0, "km_72h": 9000.0, "tz_shift_h": 3.0,
          "back_to_backs_14d": 5}, 100),
    ],
)  # fmt: skip
def test_fatigue_rises_from_fresh_to_exhausted(changes: dict[str, float], expected: float) -> None:
    """0 is fresh and 100 exhausted, term by term."""
    assert parts(**changes).select(fatigue_load()).item() == expected
