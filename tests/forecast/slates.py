"""Small made-up slates: feature rows that hang together, and pools of earlier games drawn from them."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import polars as pl

from propcast.core.arrays import FloatArray
from propcast.core.gameday import GameDay
from propcast.core.markets import market
from propcast.core.sport import Sport
from propcast.forecast.systems.base import SlateInputs
from propcast.tables.features import CONTRACTS
from propcast.tables.forecasts import CONSENSUS_LINES
from propcast.tables.schema import INSTANT

POINTS = market("points")
THREES = market("threes")
STRIKEOUTS = market("pitcher_strikeouts")
TONIGHT = date(2025, 1, 15)

RowsOf = Callable[[date, int], pl.DataFrame]


def nba_rows(day: date, n: int = 24, seed: int = 1, market_name: str = "points") -> pl.DataFrame:
    """Return n players of one game day."""
    draw = np.random.default_rng([seed, day.toordinal()])
    level = np.linspace(4, 28, n)
    minutes = np.clip(8 + level, 5, 38)
    values = {
        "stat_avg_l5": np.maximum(level + draw.normal(0, 2, n), 0),
        "stat_avg_l10": level + draw.normal(0, 1, n),
        "stat_mean_shrunk": level,
        "stat_per_min_shrunk": level / minutes,
        "stat_z_l5": draw.normal(0, 1, n),
        "games_played_season": np.full(n, 30.0),
        "minutes_projected": minutes,
        "minutes_avg_l10": minutes,
        "opp_allowed_index": draw.normal(1, 0.04, n),
        "pace_factor": draw.normal(1, 0.02, n),
        "rest_days": draw.integers(0, 4, n).astype(float),
        "is_home": draw.integers(0, 2, n).astype(float),
        "fatigue_load": draw.uniform(0, 60, n),
        "zone_matchup": draw.normal(0, 0.5, n),
        "p_plays": np.full(n, 0.95),
    }
    return _rows(Sport.NBA, market_name, day, values, level)


def mlb_rows(day: date, n: int = 12, seed: int = 1) -> pl.DataFrame:
    """Return n starting pitchers of one game day."""
    draw = np.random.default_rng([seed, day.toordinal()])
    values = {
        "k_pct_shrunk": np.linspace(0.15, 0.32, n),
        "bf_projected": np.linspace(19, 25, n),
        "opp_k_pct_vs_hand": draw.normal(0.22, 0.02, n),
        "park_k_factor": draw.normal(1, 0.03, n),
        "platoon_share": draw.uniform(0.2, 0.8, n),
        "opener_prob": np.full(n, 0.02),
    }
    level = values["k_pct_shrunk"] * values["bf_projected"]
    return _rows(Sport.MLB, "pitcher_strikeouts", day, values, level).with_columns(pl.lit(0.97).alias("p_plays"))


def _rows(sport: Sport, market_name: str, day: date, values: dict[str, FloatArray], level: FloatArray) -> pl.DataFrame:
    contract, n = CONTRACTS[sport], len(level)
    noon = datetime.combine(day, time(17), tzinfo=UTC)
    return pl.DataFrame(
        {
            "event_id": [f"{sport}:{day:%Y%m%d}{i // 12}" for i in range(n)],
            "participant_id": [f"{sport}:{100 + i}" for i in range(n)],
            "player_name": [f"Player {i}" for i in range(n)],
            **{name: values.get(name, [None] * n) for name in contract.names},
        },
        schema_overrides=dict.fromkeys(contract.names, pl.Float32),
        strict=False,
    ).with_columns(
        pl.lit(market_name).alias("market"),
        pl.lit(noon, INSTANT).alias("as_of"),
        pl.lit(noon + timedelta(hours=7), INSTANT).alias("starts_at"),
        pl.lit(contract.hash).alias("feature_hash"),
        pl.lit(GameDay(day).season(sport)).alias("season"),
        pl.lit(day).alias("game_day"),
        pl.lit("HOME").alias("team"),
        pl.lit("AWAY").alias("opponent"),
        pl.lit(None, pl.String).alias("reason"),
        pl.Series("level", level),
    )


def pool(rows_of: RowsOf, days: int, n: int = 24, until: date = TONIGHT, spread: float = 5.0) -> pl.DataFrame:
    """Return earlier rows with `actual`, one slate a day up to the day before `until`, scattered about their level."""
    draw = np.random.default_rng(days)
    earlier = pl.concat([rows_of(until - timedelta(days=d), n) for d in range(days, 0, -1)])
    mean = earlier["level"].to_numpy()
    return earlier.with_columns(pl.Series("actual", np.maximum(np.rint(draw.normal(mean, spread)), 0.0)))


def consensus(rows: pl.DataFrame, **columns: object) -> pl.DataFrame:
    """Return one CONSENSUS_LINES row per feature row: eight books, line and implied mean near his level."""
    line = pl.col("level").floor() + 0.5
    default = {
        "line_consensus": line,
        "line_modal": line,
        "implied_mean": pl.col("level") + 0.3,
        "p_over_devig": pl.lit(0.5),
        "devig_method": pl.lit("probit"),
        "n_books": pl.lit(8),
        "n_dfs": pl.lit(0),
        "quote_ids": pl.lit([], dtype=pl.List(pl.String)),
        "reasons": pl.lit([], dtype=pl.List(pl.String)),
    }
    given = {name: pl.lit(value) if not isinstance(value, pl.Expr) else value for name, value in columns.items()}
    sport = pl.col("event_id").str.split(":").list.first().alias("sport")
    return CONSENSUS_LINES.conform(rows.with_columns(sport, **(default | given)))


def lines(rows: pl.DataFrame, *offsets: float) -> pl.DataFrame:
    """Return prediction lines at his level plus each offset, both sides at −110; the first is the modal one."""
    parts = [
        rows.select(
            "event_id",
            "participant_id",
            "market",
            (pl.col("level").floor() + offset).alias("line"),
            pl.lit(offset == offsets[0]).alias("is_modal_line"),
            pl.lit(8).alias("n_books"),
            *(
                pl.lit(value).alias(f"{side}_{name}")
                for side in ("over", "under")
                for name, value in (("quote_id", f"q{side}"), ("book", "draftkings"), ("price", -110))
            ),
        )
        for offset in offsets
    ]
    return pl.concat(parts)


def nba_slate(n: int = 24, days: int = 60, **quotes: object) -> SlateInputs:
    """Return tonight's points slate with quotes and a pool."""
    rows = nba_rows(TONIGHT, n)
    return SlateInputs(POINTS, rows, consensus(rows, **quotes), pool(nba_rows, days, n))


def mlb_slate(n: int = 12, days: int = 60, **quotes: object) -> SlateInputs:
    """Return tonight's strikeout slate with quotes and a pool."""
    rows = mlb_rows(TONIGHT, n)
    return SlateInputs(STRIKEOUTS, rows, consensus(rows, **quotes), pool(mlb_rows, days, n, spread=2.0))
