"""Park factors come from earlier seasons, and a park without any is neutral."""

from datetime import UTC, datetime

import polars as pl
import pytest

from propcast.precompute.mlb.park import park_factors
from propcast.tables.contract import split
from propcast.tables.precompute import MLB_PARK_FACTORS
from tests.precompute.mlb.built import KEY, all_features, built


def games() -> pl.DataFrame:
    return built().inputs.pitcher_games


def test_park_factors_obey_their_table() -> None:
    factors = park_factors(games(), ["2024", "2025"])
    assert split(MLB_PARK_FACTORS, factors).bad.is_empty()
    assert factors["season"].unique().to_list() == ["2025"]


def test_the_factor_is_home_over_road_shrunk_to_one() -> None:
    season = games().filter(pl.col("season") == "2024", pl.col("role") == "starter")
    home = season.filter(pl.col("park") == "ASH")
    road = season.filter((pl.col("team") == "ASH") | (pl.col("opponent") == "ASH"), pl.col("park") != "ASH")
    rate = pl.col("strikeouts").sum() / pl.col("batters_faced").sum()
    n = home.select(pl.col("batters_faced").sum()).item()
    raw = home.select(rate).item() / road.select(rate).item()
    factor = park_factors(games(), ["2025"]).row(by_predicate=pl.col("park") == "ASH", named=True)
    assert factor["park_k_factor"] == pytest.approx((n * raw + 3000) / (n + 3000))
    assert factor["batters_faced"] == n


@pytest.mark.proves("E9", "L34")
def test_nothing_of_the_season_itself_enters_its_factors() -> None:
    earlier = games().filter(pl.col("season") < "2025")
    assert park_factors(earlier, ["2025"]).equals(park_factors(games(), ["2025"]))


@pytest.mark.proves("E9")
def test_results_first_seen_in_the_season_do_not_change_its_factors() -> None:
    late = games().with_columns(observed_at=pl.lit(datetime(2025, 2, 1, tzinfo=UTC)).cast(pl.Datetime("us", "UTC")))
    assert park_factors(late, ["2025"]).is_empty()


def test_a_fourth_season_back_is_forgotten() -> None:
    assert (
        park_factors(games(), ["2028"])["batters_faced"].sum() < park_factors(games(), ["2027"])["batters_faced"].sum()
    )
    assert park_factors(games(), ["2029"]).is_empty()


def test_parks_differ_where_earlier_seasons_exist_and_are_neutral_before() -> None:
    rows = all_features().join(built().scored.select(*KEY, "venue_team"), on=KEY)
    now, first = rows.filter(pl.col("season") == "2025"), rows.filter(pl.col("season") == "2024")
    assert now.group_by("venue_team").agg(pl.col("park_k_factor").first())["park_k_factor"].n_unique() == 4
    assert not now["park_k_factor"].eq(1).any()
    assert first["park_k_factor"].unique().to_list() == [1]
