"""Forecast tables: consensus, predictions, decisions, closes, grades, scorecards and the model registry."""

import polars as pl

from propcast.core.reasons import Decision, Outcome, Status
from propcast.tables.schema import Check, Rule, Table, count, day, flag, instant, number, text, texts

QUANTILES = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)
QUANTILE_COLUMNS = tuple(f"q{round(q * 100):02d}" for q in QUANTILES)

_IDENTITY = (
    *text("sport", "event_id", "participant_id", "market"),
    *day("game_day"),
)
_OF_SEASON = (*_IDENTITY, *text("season"))
"""Books of lines are looked back through by season; a file a day would cost more to open than to read."""

CONSENSUS_LINES = Table(
    "consensus_lines",
    "the market's single opinion about one participant as of a moment (DOMAIN 8.3)",
    (
        *_OF_SEASON,
        *instant("as_of"),
        *number("line_consensus", "line_modal", low=0, high=100, unit="stat", null=True),
        *number("implied_mean", low=0, high=110, unit="stat", null=True),
        *number("p_over_devig", low=0, high=1, unit="fraction", null=True),
        *text("devig_method"),
        *count("n_books", "n_dfs", high=60),
        *number("line_std", low=0, high=30, unit="stat", null=True),
        *number("hold_median", low=-0.5, high=1, unit="fraction", null=True),
        *number("line_open", "implied_mean_open", low=0, high=110, unit="stat", null=True),
        *texts("quote_ids", "reasons"),
    ),
    key=("event_id", "participant_id", "market", "as_of"),
    partition="season",
    rule=Rule.ONCE,
)

_PROBABILITIES = tuple(
    column
    for stage in ("raw", "calibrated", "blended")
    for column in number(f"p_over_{stage}", f"p_push_{stage}", f"p_under_{stage}", low=0, high=1, null=True)
)


def _sums_to_one(stage: str) -> pl.Expr:
    total = pl.col(f"p_over_{stage}") + pl.col(f"p_push_{stage}") + pl.col(f"p_under_{stage}")
    return (total - 1).abs() <= 1e-9


PREDICTIONS = Table(
    "predictions",
    "one system's forecast of one participant at one line, in one batch",
    (
        *text("prediction_id", "batch_id"),
        *_IDENTITY,
        *text("player_name"),
        *number("line", low=0, high=100, unit="stat", null=True),
        *text("system", "model_id"),
        *instant("as_of"),
        *instant("starts_at", null=True),
        *text("status", choices=tuple(Status)),
        *texts("reasons"),
        *text("family", "params", null=True),
        *number("mean", low=0, high=150, unit="stat", null=True),
        *number("sd", low=0, high=60, unit="stat", null=True),
        *number(*QUANTILE_COLUMNS, low=0, high=200, unit="stat", null=True),
        *_PROBABILITIES,
        *number("p_over_market", low=0, high=1, unit="fraction, no push", null=True),
        *number("p_plays", low=0, high=1, unit="fraction", null=True),
        *number("fair_over", "fair_under", low=1, unit="decimal odds", null=True),
        *text("over_quote_id", "over_book", null=True),
        *count("over_price", low=-100000, high=100000, unit="American", null=True),
        *number("ev_over", low=-1, unit="per unit staked", null=True),
        *text("under_quote_id", "under_book", null=True),
        *count("under_price", low=-100000, high=100000, unit="American", null=True),
        *number("ev_under", low=-1, unit="per unit staked", null=True),
        *count("n_books", high=60),
        *flag("is_modal_line", "is_quoted"),
        *text("feature_hash"),
        *text("contributions", null=True),
        *text("data_version"),
    ),
    key=("batch_id", "prediction_id"),
    partition="game_day",
    rule=Rule.ONCE,
    checks=(
        Check("raw probabilities do not sum to 1", _sums_to_one("raw")),
        Check("calibrated probabilities do not sum to 1", _sums_to_one("calibrated")),
        Check("blended probabilities do not sum to 1", _sums_to_one("blended")),
        Check(
            "a forecast has a mean; anything else has a reason",
            pl.when(pl.col("status") == Status.FORECAST)
            .then(pl.col("mean").is_not_null())
            .otherwise(pl.col("reasons").list.len() > 0),
        ),
        Check(
            "forecast at or after the start",
            (pl.col("status") != Status.FORECAST) | (pl.col("as_of") < pl.col("starts_at")),
        ),
    ),
)

DECISIONS = Table(
    "decisions",
    "what one policy makes of one prediction",
    (
        *text("prediction_id", "batch_id", "policy_version"),
        *_IDENTITY,
        *number("line", low=0, high=100, unit="stat", null=True),
        *text("system"),
        *text("decision", choices=tuple(Decision)),
        *text("book", "quote_id", null=True),
        *count("price", low=-100000, high=100000, unit="American", null=True),
        *number("ev", low=-1, unit="per unit staked", null=True),
        *number("edge", low=-1, high=1, unit="fraction", null=True),
        *number("kelly_fraction", low=0, high=1, unit="of bankroll", null=True),
        *number("stake", low=0, high=0.02, unit="of bankroll"),
        *texts("reasons"),
    ),
    key=("batch_id", "prediction_id", "policy_version"),
    partition="game_day",
    rule=Rule.ONCE,
    checks=(
        Check(
            "a bet has a quote and a price; anything else has a reason",
            pl.when(pl.col("decision").is_in(["OVER", "UNDER"]))
            .then(pl.col("quote_id").is_not_null() & pl.col("price").is_not_null())
            .otherwise(pl.col("reasons").list.len() > 0),
        ),
    ),
)

CLOSING_LINES = Table(
    "closing_lines",
    "the last quote of one book (or the consensus) before the start",
    (
        *_OF_SEASON,
        *text("book"),
        *number("line", low=0, high=100, unit="stat"),
        *count("over_price", "under_price", low=-100000, high=100000, unit="American", null=True),
        *number("p_over_devig", low=0, high=1, unit="fraction", null=True),
        *number("implied_mean", low=0, high=110, unit="stat", null=True),
        *instant("observed_at"),
        *number("lead_s", low=0, unit="s"),
        *flag("is_true_close"),
    ),
    key=("event_id", "participant_id", "market", "book"),
    partition="season",
    rule=Rule.ONCE,
)

GRADES = Table(
    "grades",
    "how one prediction settled",
    (
        *text("prediction_id", "batch_id"),
        *count("settlement_version", low=1),
        *_IDENTITY,
        *number("line", low=0, high=100, unit="stat", null=True),
        *text("system", "model_id"),
        *text("status", choices=tuple(Status)),
        *text("decision", choices=tuple(Decision)),
        *text("outcome", choices=tuple(Outcome)),
        *text("void_reason", null=True),
        *number("actual", low=0, high=200, unit="stat", null=True),
        *number("error", unit="stat", null=True),
        *number("abs_error", low=0, unit="stat", null=True),
        *number("crps", low=0, null=True),
        *number("log_score", "brier", low=0, null=True),
        *number("market_log_score", "market_brier", low=0, null=True),
        *number("pit", low=0, high=1, null=True),
        *number("stake", low=0, high=0.02, unit="of bankroll"),
        *number("profit_units", low=-1, unit="per unit staked", null=True),
        *number("clv_prob", low=-1, high=1, null=True),
        *number("clv_price", low=-1, null=True),
        *number("clv_line", unit="stat", null=True),
        *flag("is_modal_line", "single_source"),
        *instant("result_observed_at", null=True),
    ),
    key=("batch_id", "prediction_id", "settlement_version"),
    partition="game_day",
    rule=Rule.ONCE,
)

SCORECARDS = Table(
    "scorecards",
    "metrics of one system over a window and population, with n and interval",
    (
        *text("sport", "market", "system", "model_id", "window", "population"),
        *text("metric"),
        *number("value", null=True),
        *number("low", "high", null=True),
        *count("n"),
    ),
    key=("sport", "market", "system", "model_id", "window", "population", "metric"),
    partition=None,
    rule=Rule.KEY,
)

MODELS = Table(
    "models",
    "one trained artefact",
    (
        *text("model_id", "sport", "market", "system", "sha256", "feature_hash"),
        *day("train_from", "train_until"),
        *count("n_rows"),
        *text("data_hash", "library_versions", "golden_sha256", "object_key"),
        *instant("trained_at"),
    ),
    key=("model_id",),
    partition=None,
    rule=Rule.ONCE,
)

TABLES: tuple[Table, ...] = (
    CONSENSUS_LINES,
    PREDICTIONS,
    DECISIONS,
    CLOSING_LINES,
    GRADES,
    SCORECARDS,
    MODELS,
)
