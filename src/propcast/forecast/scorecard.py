"""Scorecards of stored grades: the same metrics as a backtest's, over what was really published."""

from collections.abc import Iterator

import polars as pl

from propcast.forecast.metrics import Metric, averaged, line_metrics, point_metrics
from propcast.forecast.scores import went_over
from propcast.tables.forecasts import SCORECARDS

ALL, LINED, BETS = "all who played", "with a line", "bets"

_IDENTITY = ("sport", "market", "system", "model_id")
_PERSON = (*_IDENTITY, "event_id", "participant_id")


def scorecard_rows(grades: pl.DataFrame, predictions: pl.DataFrame, window: str) -> pl.DataFrame:
    """Return SCORECARDS rows per system: everybody who played, those with a line, and the bets.

    `grades` and `predictions` are of the same batches. Of several settlements the first counts (money keeps version
    1). Participant scores take one row each, his modal line's where there is one; voids are counted, not scored.
    """
    rows = _graded(grades, predictions)
    parts = [
        _labelled(identity, window, population, metrics)
        for identity, group in rows.group_by(_IDENTITY, maintain_order=True)
        for population, metrics in _populations(group)
    ]
    return SCORECARDS.conform(pl.concat(parts)) if parts else SCORECARDS.empty()


def _graded(grades: pl.DataFrame, predictions: pl.DataFrame) -> pl.DataFrame:
    first = grades.sort("settlement_version").unique(["batch_id", "prediction_id"], keep="first", maintain_order=True)
    shown = predictions.select(
        "batch_id",
        "prediction_id",
        "mean",
        pl.col("q50").alias("median"),
        _given_no_push("raw").alias("p_raw"),
        _given_no_push("blended").alias("p_final"),
        pl.col("p_over_market").alias("p_market"),
    )
    joined = first.join(shown, on=["batch_id", "prediction_id"], how="inner", validate="1:1")
    return joined.with_columns(went_over()).sort(*_PERSON, "is_modal_line", "line")


def _given_no_push(stage: str) -> pl.Expr:
    over, under = pl.col(f"p_over_{stage}"), pl.col(f"p_under_{stage}")
    return pl.when(over + under > 0).then(over / (over + under))


def _populations(rows: pl.DataFrame) -> Iterator[tuple[str, list[Metric]]]:
    forecast = pl.col("mean").is_not_null() & pl.col("actual").is_not_null()
    people = rows.unique(_PERSON, keep="last", maintain_order=True)
    played = people.filter(forecast)
    yield ALL, [*_counts(people), *point_metrics(played)]
    lined = played.filter(pl.col("line").is_not_null())
    yield LINED, [*point_metrics(lined), *line_metrics(rows.filter(forecast))]
    yield BETS, _bet_metrics(rows)


def _counts(people: pl.DataFrame) -> list[Metric]:
    """Count states that add up, with who is scored and who has no result yet: nothing disappears from the record."""
    abstained = pl.col("status") == "abstained"
    tallies = {
        "n_participants": people.height,
        "n_void": people.filter(~abstained & (pl.col("outcome") == "void")).height,
        "n_abstained": people.filter(abstained).height,
    }
    return [Metric(name, float(n), float("nan"), float("nan"), n) for name, n in tallies.items()]


def _bet_metrics(rows: pl.DataFrame) -> list[Metric]:
    """Score the real decisions: hit rate beside the market's probability of the same sides, ROI at the price taken."""
    bets = rows.filter(pl.col("decision").is_in(["OVER", "UNDER"]) & pl.col("profit_units").is_not_null())
    decided = bets.filter(pl.col("outcome").is_in(["win", "loss"]))
    side = pl.when(pl.col("decision") == "OVER").then("p_market").otherwise(1 - pl.col("p_market"))
    return [
        averaged("hit_rate", decided.with_columns((pl.col("outcome") == "win").cast(pl.Float64).alias("value"))),
        averaged("market_p", decided.with_columns(side.alias("value"))),
        averaged("roi", bets.with_columns(pl.col("profit_units").alias("value"))),
        averaged("clv_prob", bets.with_columns(pl.col("clv_prob").alias("value"))),
    ]


def _labelled(identity: tuple[object, ...], window: str, population: str, metrics: list[Metric]) -> pl.DataFrame:
    labels = dict(zip(_IDENTITY, identity, strict=True)) | {"window": window, "population": population}
    schema = {"metric": pl.String, "value": pl.Float64, "low": pl.Float64, "high": pl.Float64, "n": pl.Int64}
    rows = [(m.name, m.value, m.low, m.high, m.n) for m in metrics]
    return pl.DataFrame(rows, schema, orient="row").select(
        *(pl.lit(value).alias(name) for name, value in labels.items()),
        "metric",
        *(pl.col(name).fill_nan(None) for name in ("value", "low", "high")),
        "n",
    )
