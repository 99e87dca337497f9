"""Decisions: from priced predictions to OVER, UNDER, PASS or NO_LINE, each with its reasons (DOMAIN 8.4, 8.5)."""

from datetime import timedelta

import polars as pl

from propcast.core.odds import decimal_odds
from propcast.core.policy import DEFAULT_POLICY, Policy
from propcast.core.reasons import Decision, Reason, Status
from propcast.core.sport import Sport
from propcast.core.value import expected_value, fair_decimal, kelly

__all__ = ["DEFAULT_POLICY", "Policy", "decide", "expected_value", "fair_decimal", "kelly"]

_FORECASTER = ("batch_id", "sport", "game_day", "system", "model_id")
_GAME = (*_FORECASTER, "event_id")
_SUBJECT = (*_GAME, "participant_id", "market")
_IDENTITY = ("prediction_id", *_SUBJECT)
_ROUNDING = 1e-12
_HAS_SIDE = pl.col("side").is_not_null()


def decide(predictions: pl.DataFrame, policy: Policy = DEFAULT_POLICY) -> pl.DataFrame:
    """Return one `decisions` row per `predictions` row, in the same order.

    The side is the one of larger expected value at the blended probabilities and the best price. Every gate that
    fails adds its reason. Stakes are a share of Kelly, capped per bet, game and slate within each system, the best
    bets first; a system takes one side per participant and market. Rows that are no bets still show the side that
    was considered.
    """
    judged = _with_reasons(_with_side(predictions.with_row_index("row")), policy)
    candidates = judged.filter("is_candidate").select("row", "ev", "side", "kelly_fraction", "reasons", *_IDENTITY)
    best_first = candidates.sort("ev", "prediction_id", descending=[True, False])
    staked = _capped(_one_side(best_first), policy).select("row", "stake", pl.col("reasons").alias("after"))
    return judged.join(staked, on="row", how="left", maintain_order="left").select(
        *("prediction_id", "batch_id", pl.lit(policy.version).alias("policy_version")),
        *("sport", "event_id", "participant_id", "market", "game_day", "line", "system"),
        _decision().alias("decision"),
        *("book", "quote_id", "price", "ev", "edge", "kelly_fraction"),
        pl.col("stake").fill_null(0.0),
        pl.coalesce("after", "reasons").alias("reasons"),
    )


def _with_side(predictions: pl.DataFrame) -> pl.DataFrame:
    """Choose the side of larger expected value and read its price, edge and Kelly fraction."""
    priced = predictions.with_columns(
        *_side_values(predictions, "over", "under"), *_side_values(predictions, "under", "over")
    )
    side = (
        pl.when(pl.col("value_over").is_null() & pl.col("value_under").is_null())
        .then(None)
        .when(pl.col("value_under").is_null() | _over_is_worth_more())
        .then(pl.lit(Decision.OVER.value))
        .otherwise(pl.lit(Decision.UNDER.value))
    )
    chosen = priced.with_columns(side.alias("side"))
    return chosen.with_columns(
        _of_side("over_book", "under_book").alias("book"),
        _of_side("over_quote_id", "under_quote_id").alias("quote_id"),
        _of_side("over_price", "under_price").alias("price"),
        _of_side("value_over", "value_under").alias("ev"),
        _of_side("kelly_over", "kelly_under").alias("kelly_fraction"),
        _edge().alias("edge"),
    )


def _side_values(predictions: pl.DataFrame, side: str, other: str) -> tuple[pl.Series, pl.Series]:
    win, lose, american = (
        predictions[name].cast(pl.Float64).to_numpy()
        for name in (f"p_{side}_blended", f"p_{other}_blended", f"{side}_price")
    )
    decimal = decimal_odds(american)
    return (
        pl.Series(f"value_{side}", expected_value(win, lose, decimal), nan_to_null=True),
        pl.Series(f"kelly_{side}", kelly(win, lose, decimal), nan_to_null=True),
    )


def _of_side(over: str, under: str) -> pl.Expr:
    return pl.when(pl.col("side") == Decision.OVER.value).then(over).when(_HAS_SIDE).then(under)


def _over_is_worth_more() -> pl.Expr:
    """Whether OVER has the larger expected value; of two equal ones the side that we hold likelier than the market."""
    gap = pl.col("value_over") - pl.col("value_under")
    tied = gap.abs() <= _ROUNDING
    return pl.when(tied).then(_difference().fill_null(0.0) >= 0).otherwise((gap > 0).fill_null(value=False))


def _edge() -> pl.Expr:
    """Our probability of the side minus the market's, so that a bet never contradicts the difference it rests on."""
    return pl.when(pl.col("side") == Decision.OVER.value).then(_difference()).when(_HAS_SIDE).then(-_difference())


def _difference() -> pl.Expr:
    """Our P(over | no push) minus the market's."""
    ours = pl.col("p_over_blended") / (pl.col("p_over_blended") + pl.col("p_under_blended"))
    return ours - pl.col("p_over_market")


def _with_reasons(chosen: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Add every reason against a bet, after those that the forecast brought along."""
    gates = {**_event_gates(policy), **_value_gates(policy)}
    failed = [pl.when(broken.fill_null(value=False)).then(pl.lit(reason.value)) for reason, broken in gates.items()]
    # Joining text and splitting it again is fifty times faster than building lists of columns.
    named = chosen.with_columns(pl.concat_str(failed, separator=" ", ignore_nulls=True).alias("failed"))
    abstained = pl.col("status") == Status.ABSTAINED.value
    found = pl.when(pl.col("line").is_null()).then(pl.lit(Reason.NO_LINE.value)).otherwise("failed")
    listed = pl.when(found != "").then(found.str.split(" ")).otherwise(pl.lit([], dtype=pl.List(pl.String)))
    all_reasons = pl.concat_list("reasons", listed).list.unique(maintain_order=True)
    return named.with_columns(
        pl.when(abstained).then("reasons").otherwise(all_reasons).alias("reasons"),
        (~abstained & _HAS_SIDE & (pl.col("failed") == "")).alias("is_candidate"),
    )


def _event_gates(policy: Policy) -> dict[Reason, pl.Expr]:
    """Return what speaks against a bet whatever the price: the event, the player, the line."""
    lead = pl.col("starts_at") - pl.col("as_of")
    is_nba = pl.col("sport") == Sport.NBA.value
    unpriced = pl.col("over_price").is_null() & pl.col("under_price").is_null()
    is_crossed = pl.col("reasons").list.contains(Reason.CROSSED_QUOTE.value)
    return {
        Reason.START_TIME_UNKNOWN: pl.col("starts_at").is_null(),
        Reason.GAME_STARTED: lead <= timedelta(0),
        Reason.TOO_LATE: lead.is_between(timedelta(0), timedelta(seconds=policy.min_lead_s), closed="none"),
        Reason.STATUS_NOT_SUBMITTED: is_nba & pl.col("p_plays").is_null(),
        Reason.PLAYER_DOUBTFUL: is_nba & (pl.col("p_plays") < policy.min_p_plays),
        Reason.TOO_FEW_BOOKS: pl.col("n_books").is_between(1, policy.min_books - 1),
        Reason.DFS_ONLY: (pl.col("n_books") == 0) | (unpriced & ~is_crossed),
        Reason.IMPLAUSIBLE_MEAN: (pl.col("mean") - pl.col("line")).abs() > policy.max_distance_sd * pl.col("sd"),
        Reason.NOT_CALIBRATED: pl.col("p_over_blended").is_null(),
    }


def _value_gates(policy: Policy) -> dict[Reason, pl.Expr]:
    """Return what speaks against the price of the chosen side."""
    return {
        Reason.PRICE_OUT_OF_RANGE: ~pl.col("price").is_between(policy.min_price, policy.max_price),
        Reason.EV_TOO_SMALL: (pl.col("ev") < policy.min_ev) | (_single_stake(policy) <= 0),
        Reason.EDGE_TOO_SMALL: _HAS_SIDE & (pl.col("edge").is_null() | (pl.col("edge") < policy.min_edge)),
    }


def _one_side(best_first: pl.DataFrame) -> pl.DataFrame:
    """Mark, per participant and market of a system, the candidates on the side of the best one."""
    contradicts = pl.col("side") != pl.col("side").first().over(_SUBJECT)
    return best_first.with_columns(
        (~contradicts).alias("may_stand"), _with_reason(contradicts, Reason.CORRELATED_BET).alias("reasons")
    )


def _capped(best_first: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Stake the best bets first, until the caps of their game and of the slate are used up."""
    wanted = best_first.with_columns(pl.when("may_stand").then(_single_stake(policy)).otherwise(0.0).alias("wanted"))
    in_game = wanted.with_columns(_left("wanted", _GAME, policy.max_event_stake).alias("in_game"))
    in_slate = in_game.with_columns(_left("in_game", _FORECASTER, policy.max_slate_stake).round(9).alias("stake"))
    was_cut = pl.col("may_stand") & (pl.col("stake") < pl.col("wanted"))
    return in_slate.with_columns(_with_reason(was_cut, Reason.EXPOSURE_CAP).alias("reasons"))


def _single_stake(policy: Policy) -> pl.Expr:
    """What a bet would get alone; a value that is lost in rounding is none."""
    return (policy.kelly_share * pl.col("kelly_fraction")).clip(0.0, policy.max_stake).round(9)


def _left(stake: str, group: tuple[str, ...], cap: float) -> pl.Expr:
    """What the cap leaves of each stake after the better bets of its group took theirs."""
    taken = pl.col(stake).cum_sum().over(group) - pl.col(stake)
    return pl.min_horizontal(pl.col(stake), (cap - taken).clip(lower_bound=0.0))


def _with_reason(applies: pl.Expr, reason: Reason) -> pl.Expr:
    return pl.when(applies).then(pl.concat_list("reasons", pl.lit([reason.value]))).otherwise("reasons")


def _decision() -> pl.Expr:
    forecast_without_line = (pl.col("status") == Status.FORECAST.value) & pl.col("line").is_null()
    no_line = (pl.col("status") == Status.NO_LINE.value) | forecast_without_line
    decision = pl.when(pl.col("stake") > 0).then("side").otherwise(pl.lit(Decision.PASS.value))
    return pl.when(no_line).then(pl.lit(Decision.NO_LINE.value)).otherwise(decision)
