"""Formula baselines: by hand on a few games, and the table of EVALUATION on the real history."""

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from propcast.core.markets import Market
from propcast.forecast.baselines import BASELINES, LINED, RECIPES, baseline_rows
from tests.forecast.slates import POINTS, STRIKEOUTS

START = date(2025, 1, 1)


def nba(points: list[int], minutes: list[float] | None = None, seasons: list[str] | None = None) -> pl.DataFrame:
    n = len(points)
    return pl.DataFrame({
        "event_id": [f"nba:{i:02d}" for i in range(n)],
        "player_id": [7] * n,
        "season": seasons or ["2024-25"] * n,
        "season_type": ["regular"] * n,
        "game_day": [START + timedelta(days=i) for i in range(n)],
        "minutes_rounded": minutes or [30.0] * n,
        "pts": points,
    })  # fmt: skip


def test_every_window_ends_before_the_game() -> None:
    rows = baseline_rows(POINTS, nba([10, 20, 30]), "2024-25")
    assert rows["last_5"].to_list() == [None, 10.0, 15.0]
    assert rows["season_mean"].to_list() == [None, 10.0, 15.0]
    assert rows["actual"].to_list() == [10.0, 20.0, 30.0]


def test_windows_cross_seasons_and_the_season_mean_does_not() -> None:
    rows = baseline_rows(POINTS, nba([10, 20, 30], seasons=["2023-24", "2024-25", "2024-25"]), "2024-25")
    assert rows["last_5"].to_list() == [10.0, 15.0]
    assert rows["season_mean"].to_list() == [None, 20.0]
    assert rows["prior_in_season"].to_list() == [0, 1]


def test_the_weighted_mean_halves_every_twelve_games() -> None:
    rows = baseline_rows(POINTS, nba([10, *[0] * 12, 99]), "2024-25")
    weights = [0.5 ** (age / 12) for age in range(13)]
    assert rows["ewm"][-1] == pytest.approx(10 * weights[12] / sum(weights))


@pytest.mark.proves("E6", "L40")
def test_a_game_without_a_full_minute_is_no_game() -> None:
    rows = baseline_rows(POINTS, nba([10, 0, 30], minutes=[30, 0, 30]), "2024-25")
    assert rows["last_5"].to_list() == [None, 10.0]


def test_before_his_first_start_of_the_season_a_pitcher_has_his_career_mean() -> None:
    starts = pl.DataFrame({
        "event_id": ["mlb:1", "mlb:2", "mlb:3"],
        "player_id": [5] * 3,
        "season": ["2024", "2025", "2025"],
        "season_type": ["regular"] * 3,
        "game_day": [date(2024, 5, 1), date(2025, 5, 1), date(2025, 5, 6)],
        "role": ["starter"] * 3,
        "batters_faced": [20] * 3,
        "strikeouts": [4, 8, 5],
    })  # fmt: skip
    assert baseline_rows(STRIKEOUTS, starts, "2025")["season_mean"].to_list() == [4.0, 8.0]


TABLE = [
    (POINTS, "2024-25", "played, ≥ 5 prior games", 23_437, [4.857, 4.734, 4.716, 4.677]),
    (POINTS, "2024-25", "last-10 minutes ≥ 20", 14_648, [5.531, 5.352, 5.313, 5.246]),
    (POINTS, "2024-25", LINED, 5_874, [5.648, 5.473, 5.444, 5.346, 5.172]),
    (STRIKEOUTS, "2025", "≥ 1 prior start", 4_740, [1.931, 1.859, 1.898, 1.836]),
    (STRIKEOUTS, "2025", LINED, 2_964, [1.922, 1.853, 1.837, 1.825, 1.732]),
]


@pytest.mark.history
@pytest.mark.parametrize(("market", "season", "population", "n", "table"), TABLE)
def test_the_table_of_the_evaluation_is_reproduced(
    history: Path, market: Market, season: str, population: str, n: int, table: list[float]
) -> None:
    games, lines = (_nba if market is POINTS else _mlb)(history)
    rows = baseline_rows(market, games, season).filter(RECIPES[market.sport].populations[population])
    columns = list(BASELINES)
    if population == LINED:
        rows, columns = rows.join(lines, on=["event_id", "participant_id"]), [*BASELINES, "line"]
    assert rows.height == n
    found = [(rows[column] - rows["actual"]).abs().mean() for column in columns]
    assert found == pytest.approx(table, abs=0.01)


def _nba(history: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    box = pl.read_parquet(history / "nba_player_box.parquet")
    games = box.with_columns(
        pl.concat_str(pl.lit("nba:"), "game_id").alias("event_id"),
        pl.col("season_type").str.to_lowercase().str.replace(" season", ""),
        pl.col("minutes").alias("minutes_rounded"),
        pl.col("game_date").alias("game_day"),
    )
    return games, _lines(pl.read_parquet(history / "nba_points_consensus.parquet"), "nba", "game_id", "player_id")


def _mlb(history: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    starts = pl.read_parquet(history / "mlb_pitcher_games.parquet")
    games = starts.with_columns(
        pl.concat_str(pl.lit("mlb:"), pl.coalesce(pl.col("game_pk"), pl.int_range(pl.len()))).alias("event_id"),
        pl.col("pitcher_id").alias("player_id"),
        pl.col("season").cast(pl.String),
        pl.lit("regular").alias("season_type"),
        pl.col("game_date").alias("game_day"),
        pl.lit("starter").alias("role"),
        pl.col("bf").alias("batters_faced"),
        pl.col("k").alias("strikeouts"),
    )
    return games, _lines(pl.read_parquet(history / "mlb_k_consensus.parquet"), "mlb", "game_pk", "pitcher_id")


def _lines(consensus: pl.DataFrame, sport: str, game: str, person: str) -> pl.DataFrame:
    return consensus.filter(pl.col(game).is_not_null()).select(
        pl.concat_str(pl.lit(f"{sport}:"), game).alias("event_id"),
        pl.concat_str(pl.lit(f"{sport}:"), person).alias("participant_id"),
        pl.col("line_median").alias("line"),
    )
