"""Trains the boosted system: trees for the mean, and a dispersion curve from seasons that the trees did not see."""

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from propcast.core.arrays import FloatArray
from propcast.core.errors import NotReady
from propcast.core.gameday import GameDay
from propcast.core.markets import Market
from propcast.core.sport import Sport
from propcast.forecast.artefact import Artefact, identified, library_versions
from propcast.forecast.boosting import lightgbm
from propcast.forecast.model import Card, matrix, predicted
from propcast.forecast.systems import boosted
from propcast.tables.content import frame_hash
from propcast.tables.features import CONTRACTS

if TYPE_CHECKING:
    from lightgbm import Booster

SEED = 20240701
THREADS = 1
"""Two save a third on an idle machine (7 s, not 10 s for six NBA seasons), wait for each other on a busy one (80 s, not
14 s), and add up in another order: one gives the same trees everywhere."""

MIN_ROWS = 200
FOLDS = 2
MOST_KNOTS, ROWS_PER_KNOT = 10, 2000
GOLDEN_ROWS = 12
LEAST_RATIO = 1.0

RISES_WITH = {
    Sport.NBA: ("minutes_projected", "stat_mean_shrunk", "stat_per_min_shrunk"),
    Sport.MLB: ("k_pct_shrunk", "bf_projected", "opp_k_pct_vs_hand"),
}
FALLS_WITH = {Sport.NBA: ("fatigue_load",), Sport.MLB: ("opener_prob",)}
"""Directions that physics knows; the trees may not contradict them."""

UNSTEADY = {
    Sport.NBA: (),
    Sport.MLB: (
        "swstr_l3",
        "swstr_season",
        "csw_season",
        "whiff_season",
        "chase_season",
        "z_contact_season",
        "fb_velo_l3",
        "fb_velo_trend",
    ),
}
"""Features whose feed comes and goes by season. Every second row is learned without them, so that the trees know what
to say when they are missing; trees that never saw that under-forecast a season without them by .3 to .8 K."""

ROUNDS = {Sport.NBA: 140, Sport.MLB: 80}
LEAST_LEAF, ROWS_PER_LEAF = 100, 160
"""Trees per model, and the rows of a leaf: at least 100, and one in 160 of all. These and the parameters were chosen by
walk-forward on NBA 2021-22 … 2023-24 and MLB 2024, seasons before those that are scored."""

_PARAMS: dict[str, Any] = {
    "objective": "l2",
    "learning_rate": 0.06,
    "num_leaves": 15,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "seed": SEED,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": THREADS,
    "verbosity": -1,
}
_IDENTITY = ("game_day", "event_id", "participant_id")


def train(market: Market, rows: pl.DataFrame, until: GameDay) -> Artefact:
    """Fit on the rows of game days before `until` and return the artefact.

    `rows` are FEATURES rows of who played, with `actual`; rows without a result drop out, nothing else does.
    """
    known = training_rows(rows, until)
    if known.height < MIN_ROWS:
        raise NotReady(
            f"{known.height} rows of {market.name} before {until}, at least {MIN_ROWS} are needed; import and backfill "
            "earlier seasons first"
        )
    booster = fit(market, known)
    means, actual = out_of_fold(market, known)
    return identified(_card(market, known, until, booster, dispersion_knots(means, actual)), booster.model_to_string())


def training_rows(rows: pl.DataFrame, until: GameDay) -> pl.DataFrame:
    """Return the rows that may be learned from, in one order whatever theirs was."""
    return rows.filter((pl.col("game_day") < until.date) & pl.col("actual").is_not_null()).sort(_IDENTITY)


def fit(market: Market, rows: pl.DataFrame) -> "Booster":
    """Fit the trees for the mean; the same rows give the same trees."""
    contract = CONTRACTS[market.sport]
    data = lightgbm().Dataset(
        matrix(_half_without(rows, UNSTEADY[market.sport]), contract.core),
        rows["actual"].cast(pl.Float64).to_numpy(),
        feature_name=list(contract.core),
        params={"verbosity": -1, "num_threads": THREADS, "force_row_wise": True},
    )
    parameters = {
        **_PARAMS,
        "min_data_in_leaf": max(LEAST_LEAF, rows.height // ROWS_PER_LEAF),
        "monotone_constraints": _directions(market.sport, contract.core),
    }
    booster: Booster = lightgbm().train(parameters, data, ROUNDS[market.sport])
    return booster


def _half_without(rows: pl.DataFrame, unsteady: tuple[str, ...]) -> pl.DataFrame:
    return rows.with_columns(
        pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.col(name)).alias(name) for name in unsteady
    )


def out_of_fold(market: Market, rows: pl.DataFrame) -> tuple[FloatArray, FloatArray]:
    """Return predicted means and counts of the last seasons, each predicted from the seasons before it alone.

    With a single season, its later half is predicted from its earlier one.
    """
    folds = [
        _fold(market, rows.filter(pl.col("game_day") < start), rows.filter(within)) for start, within in _starts(rows)
    ]
    return np.concatenate([means for means, _ in folds]), np.concatenate([actual for _, actual in folds])


def _starts(rows: pl.DataFrame) -> list[tuple[Any, pl.Expr]]:
    seasons = rows.group_by("season").agg(pl.col("game_day").min()).sort("season").rows()[1:][-FOLDS:]
    if seasons:
        return [(first_day, pl.col("season") == season) for season, first_day in seasons]
    middle = rows["game_day"].sort()[rows.height // 2]
    return [(middle, pl.col("game_day") >= middle)]


def _fold(market: Market, earlier: pl.DataFrame, held_out: pl.DataFrame) -> tuple[FloatArray, FloatArray]:
    means = predicted(fit(market, earlier), matrix(held_out, CONTRACTS[market.sport].core))
    return means, held_out["actual"].cast(pl.Float64).to_numpy()


def dispersion_knots(means: FloatArray, actual: FloatArray) -> tuple[tuple[float, float], ...]:
    """Return (predicted mean, variance/mean) in equal-mass bins of the predicted mean, rising in the mean."""
    order = np.argsort(means, kind="stable")
    bins = np.array_split(order, min(MOST_KNOTS, max(1, len(order) // ROWS_PER_KNOT)))
    knots = [
        (float(means[rows].mean()), max(LEAST_RATIO, float(((actual - means)[rows] ** 2).sum() / means[rows].sum())))
        for rows in bins
        if means[rows].sum() > 0
    ]
    return tuple(knots)


def _directions(sport: Sport, features: tuple[str, ...]) -> list[int]:
    return [1 if f in RISES_WITH[sport] else -1 if f in FALLS_WITH[sport] else 0 for f in features]


def _card(
    market: Market, rows: pl.DataFrame, until: GameDay, booster: "Booster", knots: tuple[tuple[float, float], ...]
) -> Card:
    contract = CONTRACTS[market.sport]
    golden = matrix(rows.gather_every(max(1, rows.height // GOLDEN_ROWS)).head(GOLDEN_ROWS), contract.core)
    return Card(
        model_id="",
        sport=market.sport.value,
        market=market.name,
        system=boosted.NAME,
        feature_hash=contract.hash,
        features=contract.core,
        train_from=str(rows["game_day"].min()),
        train_until=str(until),
        n_rows=rows.height,
        data_hash=frame_hash(rows, [*_IDENTITY, *contract.core, "actual"]),
        libraries=library_versions(),
        dispersion=knots,
        golden_rows=tuple(tuple(None if v != v else v for v in row) for row in golden.tolist()),
        golden_means=tuple(predicted(booster, golden).tolist()),
        trees_sha256="",
    )
