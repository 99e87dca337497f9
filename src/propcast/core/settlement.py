"""Settlement: what became of every prediction, bet or not (DOMAIN 9)."""

from datetime import datetime, timedelta

import polars as pl

from propcast.core.clv import closing_values
from propcast.core.errors import ContractViolation
from propcast.core.grading import scores
from propcast.core.odds import decimal_odds
from propcast.core.reasons import Decision, Outcome

RESULT_DEADLINE = timedelta(hours=72)

_BATCH_KEY = ("batch_id", "prediction_id")
_RESULT_KEY = ("event_id", "participant_id", "market")
_BET = pl.col("decision").is_in([Decision.OVER.value, Decision.UNDER.value])
_DIFFERENCE = pl.col("actual") - pl.col("line")
_SETTLED = pl.col("is_final").fill_null(value=False)
_COUNTS = _SETTLED & pl.col("action").fill_null(value=False) & pl.col("actual").is_not_null()


def settle(
    predictions: pl.DataFrame,
    decisions: pl.DataFrame,
    results: pl.DataFrame,
    closing: pl.DataFrame,
    graded_at: datetime | None = None,
    settlement_version: int = 1,
) -> pl.DataFrame:
    """Return exactly one `grades` row per prediction, in its order, whatever its system, line or decision.

    A bet wins, loses or pushes against the line captured with it, at the price captured with it; without action it is
    void, like every other row of that participant. PASS and NO_LINE are `no_bet` with errors and scores all the same.
    Until the result is final a row is `pending`; with `graded_at` 72 h or more after the start it is `unresolved`.

    Args:
        predictions: `predictions` rows.
        decisions: `decisions` rows of one policy for these predictions.
        results: one row per `event_id`, `participant_id`, `market` with `actual`, `action`, `void_reason`,
            `is_final`, `single_source`, `observed_at`. Action is more than 0 s played (NBA), or at least one pitch as
            the starter (MLB), however short. Nothing is final before its box is complete.
        closing: `closing_lines` rows.
        graded_at: when this is run.
        settlement_version: 1 for the first official final; corrections count up.

    Raises:
        ContractViolation: a join would lose or multiply rows.
    """
    joined = _joined(predictions, decisions, results)
    graded = joined.with_columns(_outcome(graded_at).alias("outcome"), *_errors(), _profit_if_won(joined))
    scored = pl.concat([graded, scores(graded.with_columns(_COUNTS.alias("counts")))], how="horizontal")
    valued = pl.concat([scored, closing_values(scored, closing)], how="horizontal")
    return valued.select(
        *_BATCH_KEY[::-1],
        pl.lit(settlement_version, dtype=pl.Int64).alias("settlement_version"),
        *("sport", "event_id", "participant_id", "market", "game_day", "line", "system", "model_id", "status"),
        *("decision", "outcome", _void_reason(), pl.when(_COUNTS).then("actual").alias("actual")),
        *("error", "abs_error", "crps", "log_score", "brier", "market_log_score", "market_brier", "pit"),
        *("stake", _profit().alias("profit_units"), "clv_prob", "clv_price", "clv_line", "is_modal_line"),
        pl.col("single_source").fill_null(value=False),
        pl.col("observed_at").alias("result_observed_at"),
    )


def _joined(predictions: pl.DataFrame, decisions: pl.DataFrame, results: pl.DataFrame) -> pl.DataFrame:
    _require_unique(predictions, _BATCH_KEY, "predictions")
    _require_unique(decisions, _BATCH_KEY, "decisions")
    _require_unique(results, _RESULT_KEY, "results")
    taken = decisions.select(*_BATCH_KEY, "decision", "price", "stake")
    joined = predictions.join(taken, on=_BATCH_KEY, how="left", maintain_order="left")
    undecided = joined["decision"].null_count()
    if undecided:
        raise ContractViolation(f"{undecided} of {joined.height} predictions have no decision; decide before grading")
    outcome = results.select(
        *_RESULT_KEY, "actual", "action", "void_reason", "is_final", "single_source", "observed_at"
    )
    return joined.join(outcome, on=_RESULT_KEY, how="left", maintain_order="left")


def _require_unique(frame: pl.DataFrame, key: tuple[str, ...], name: str) -> None:
    doubled = frame.height - frame.select(key).n_unique()
    if doubled:
        raise ContractViolation(f"{doubled} rows of {name} repeat a key of ({', '.join(key)}); grade unique rows")


def _outcome(graded_at: datetime | None) -> pl.Expr:
    won = pl.when(pl.col("decision") == Decision.OVER.value).then(_DIFFERENCE > 0).otherwise(_DIFFERENCE < 0)
    late = pl.lit(value=False) if graded_at is None else pl.col("starts_at") + RESULT_DEADLINE <= graded_at
    return (
        pl.when(~_SETTLED & late.fill_null(value=False))
        .then(pl.lit(Outcome.UNRESOLVED.value))
        .when(~_SETTLED)
        .then(pl.lit(Outcome.PENDING.value))
        .when(~pl.col("action").fill_null(value=False))
        .then(pl.lit(Outcome.VOID.value))
        .when(pl.col("actual").is_null())
        .then(pl.lit(Outcome.UNRESOLVED.value))
        .when(~_BET)
        .then(pl.lit(Outcome.NO_BET.value))
        .when(_DIFFERENCE == 0)
        .then(pl.lit(Outcome.PUSH.value))
        .otherwise(pl.when(won).then(pl.lit(Outcome.WIN.value)).otherwise(pl.lit(Outcome.LOSS.value)))
    )


def _errors() -> tuple[pl.Expr, pl.Expr]:
    """Mean minus actual for bias and RMSE; the median's distance for MAE, which the median minimises."""
    error = pl.when(_COUNTS).then(pl.col("mean") - pl.col("actual")).alias("error")
    return error, pl.when(_COUNTS).then((pl.col("q50") - pl.col("actual")).abs()).alias("abs_error")


def _void_reason() -> pl.Expr:
    return pl.when(pl.col("outcome") == Outcome.VOID.value).then("void_reason").alias("void_reason")


def _profit_if_won(joined: pl.DataFrame) -> pl.Series:
    decimal = decimal_odds(joined["price"].cast(pl.Float64).to_numpy())
    return pl.Series("profit_if_won", decimal - 1.0, nan_to_null=True)


def _profit() -> pl.Expr:
    outcome = pl.col("outcome")
    return (
        pl.when(~_BET)
        .then(None)
        .when(outcome == Outcome.WIN.value)
        .then("profit_if_won")
        .when(outcome == Outcome.LOSS.value)
        .then(-1.0)
        .when(outcome.is_in([Outcome.PUSH.value, Outcome.VOID.value]))
        .then(0.0)
    )
