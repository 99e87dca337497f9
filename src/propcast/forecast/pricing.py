"""One row per forecast and line: probabilities, fair odds and expected value, ready to be stored."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from propcast.core.arrays import FloatArray, IntArray
from propcast.core.distributions import Distributions
from propcast.core.identity import SEPARATOR
from propcast.core.implied import by_market, p_over_at
from propcast.core.odds import decimal_odds
from propcast.core.reasons import Reason, Status
from propcast.core.value import expected_value, fair_decimal
from propcast.forecast.blend import Calibrator, Uncalibrated, blended
from propcast.forecast.columns import column, floats
from propcast.forecast.systems.base import KEY, Forecasts, SlateInputs
from propcast.tables.content import text_hashes
from propcast.tables.forecasts import PREDICTIONS, QUANTILE_COLUMNS, QUANTILES

_ROW = "row"
_SUBJECT = (*KEY, "market")
_CONTEXT = ("player_name", "game_day", "as_of", "starts_at", "p_plays", "feature_hash")


@dataclass(frozen=True)
class BatchIdentity:
    """What all predictions of one batch share; `data_version` names the inputs by content."""

    batch_id: str
    data_version: str


@dataclass(frozen=True)
class Said:
    """What several systems say about one market; their rows are those of its features."""

    inputs: SlateInputs
    forecasts: Sequence[Forecasts]


def predictions(
    forecasts: Forecasts,
    inputs: SlateInputs,
    lines: pl.DataFrame,
    batch: BatchIdentity,
    calibrator: Calibrator | None = None,
    weight: float = 0.0,
) -> pl.DataFrame:
    """Return PREDICTIONS rows of one system: each participant at every distinct line, or once without a line.

    `lines` are `core.lines.prediction_lines`. A participant without a line keeps his distribution (`no_line`); one
    without a forecast keeps his lines (`abstained`). Calibrated columns are null until a calibrator is fitted.
    """
    return _priced([Said(inputs, [forecasts])], lines, batch, calibrator or Uncalibrated(), weight)


def slate_predictions(said: Sequence[Said], lines: pl.DataFrame, batch: BatchIdentity) -> pl.DataFrame:
    """Return the `predictions` of several markets and systems, one market after the other, in one pass."""
    return _priced(said, lines, batch, Uncalibrated(), 0.0)


def _priced(
    said: Sequence[Said], lines: pl.DataFrame, batch: BatchIdentity, calibrator: Calibrator, weight: float
) -> pl.DataFrame:
    board = _board(said, lines)
    spread = _spread(said, board)
    own = calibrator.calibrated(spread.raw.over_no_push)
    rows = pl.concat([board[spread.board_rows], _opinions(said)[spread.opinions]], how="horizontal")
    final = Chances.around(blended(floats(rows, "p_over_market"), own, weight), spread.raw.push)
    priced = rows.with_columns(
        *_columns("raw", spread.raw),
        *_columns("calibrated", Chances.around(own, spread.raw.push)),
        *_columns("blended", final),
        column("fair_over", fair_decimal(final.over, final.under)),
        column("fair_under", fair_decimal(final.under, final.over)),
        column("ev_over", expected_value(final.over, final.under, decimal_odds(floats(rows, "over_price")))),
        column("ev_under", expected_value(final.under, final.over, decimal_odds(floats(rows, "under_price")))),
    )
    return PREDICTIONS.conform(_identified(priced, batch))


@dataclass(frozen=True)
class Chances:
    """P(over), P(push) and P(under) per row; NaN where unknown."""

    over: FloatArray
    push: FloatArray
    under: FloatArray

    @classmethod
    def of(cls, distributions: Distributions, rows: IntArray, lines: FloatArray) -> "Chances":
        """Read them off the distributions."""
        return cls(*distributions.probabilities(rows, lines))

    @classmethod
    def joined(cls, parts: Sequence["Chances"]) -> "Chances":
        """Put several below each other."""
        return cls(*(np.concatenate([getattr(part, side) for part in parts]) for side in ("over", "push", "under")))

    @classmethod
    def around(cls, over_no_push: FloatArray, push: FloatArray) -> "Chances":
        """Share what the push leaves over the two sides."""
        decided = 1 - push
        return cls(decided * over_no_push, np.where(np.isnan(over_no_push), np.nan, push), decided * (1 - over_no_push))

    @property
    def over_no_push(self) -> FloatArray:
        """P(over | no push)."""
        decided = self.over + self.under
        return np.divide(self.over, decided, out=np.full_like(decided, np.nan), where=decided > 0)


@dataclass(frozen=True)
class _Spread:
    """Which row of the board and which opinion each prediction is of, and its raw probabilities."""

    board_rows: IntArray
    opinions: IntArray
    raw: Chances


def _spread(said: Sequence[Said], board: pl.DataFrame) -> _Spread:
    """Set every system of a market beside every row of the board that is of this market."""
    markets, people, lines = board["market"], board[_ROW].cast(pl.Int64).to_numpy(), floats(board, "line")
    board_rows, opinions, raw, first = [], [], [], 0
    for each in said:
        rows = np.flatnonzero((markets == each.inputs.market.name).to_numpy())
        for forecasts in each.forecasts:
            board_rows.append(rows)
            opinions.append(first + people[rows])
            raw.append(Chances.of(forecasts.distributions, people[rows], lines[rows]))
            first += len(forecasts.distributions)
    return _Spread(np.concatenate(board_rows), np.concatenate(opinions), Chances.joined(raw))


def _board(said: Sequence[Said], lines: pl.DataFrame) -> pl.DataFrame:
    """Return one row per participant and line (or one without): context, prices, and the market's P(over | no push)."""
    consensus = pl.concat([each.inputs.consensus.select(*_SUBJECT, "implied_mean") for each in said])
    people = pl.concat([_people(each.inputs) for each in said])
    known = people.join(consensus, on=_SUBJECT, how="left", maintain_order="left")
    offered = lines.drop("reasons", strict=False)
    rows = known.join(offered, on=_SUBJECT, how="left", maintain_order="left_right")
    market = by_market(rows["market"], p_over_at, rows["implied_mean"], rows["line"])
    return rows.with_columns(
        column("p_over_market", market), pl.col("is_modal_line").fill_null(value=False), pl.col("n_books").fill_null(0)
    )


def _people(inputs: SlateInputs) -> pl.DataFrame:
    return inputs.features.select(
        *KEY,
        *_CONTEXT,
        pl.lit(inputs.market.sport.value).alias("sport"),
        pl.lit(inputs.market.name).alias("market"),
        pl.int_range(pl.len()).alias(_ROW),
    ).with_columns(pl.col("p_plays").cast(pl.Float64))


def _opinions(said: Sequence[Said]) -> pl.DataFrame:
    """Return what each system says of each participant, by market, system and row of the features."""
    forecasts = [each for market in said for each in market.forecasts]
    counts = [each.distributions for each in forecasts]
    times = [len(each) for each in counts]
    names = [
        ("system", [f.system for f in forecasts]),
        ("model_id", [f.model_id for f in forecasts]),
        ("family", [each.family for each in counts]),
    ]
    speakers = [pl.Series(name, np.repeat(texts, times), pl.String) for name, texts in names]
    quantiles = {
        name: np.concatenate([each.quantile(q) for each in counts])
        for name, q in zip(QUANTILE_COLUMNS, QUANTILES, strict=True)
    }
    numbers = {name: np.concatenate([getattr(each, name) for each in counts]) for name in ("mean", "sd")}
    return pl.DataFrame(
        [
            *speakers,
            *(column(name, values) for name, values in (numbers | quantiles).items()),
            pl.Series("params", [text for each in counts for text in each.params], pl.String),
            _reason_lists([reasons for each in forecasts for reasons in each.reasons]),
            pl.Series("contributions", [text for each in forecasts for text in each.contributions], pl.String),
        ]
    )


def _reason_lists(reasons: Sequence[Sequence[str]]) -> pl.Series:
    """Return a column of lists; splitting joined texts is fifty times as fast as reading nested lists."""
    joined = pl.Series("reasons", [" ".join(each) for each in reasons], pl.String)
    listed = (
        pl.when(pl.col("reasons") == "")
        .then(pl.lit([], pl.List(pl.String)))
        .otherwise(pl.col("reasons").str.split(" "))
    )
    return joined.to_frame().select(listed.alias("reasons")).to_series()


def _identified(rows: pl.DataFrame, batch: BatchIdentity) -> pl.DataFrame:
    """Add keys, status and reasons, and one id per row."""
    abstains, unlined = pl.col("reasons").list.len() > 0, pl.col("line").is_null()
    named = rows.with_columns(
        pl.lit(batch.batch_id).alias("batch_id"),
        pl.lit(batch.data_version).alias("data_version"),
        pl.when(pl.col("params").is_not_null()).then("family").alias("family"),
        pl.when(abstains)
        .then(pl.lit(Status.ABSTAINED))
        .when(unlined)
        .then(pl.lit(Status.NO_LINE))
        .otherwise(pl.lit(Status.FORECAST))
        .alias("status"),
        pl.when(~abstains & unlined).then(pl.lit([Reason.NO_LINE.value])).otherwise("reasons").alias("reasons"),
    )
    return named.with_columns(_prediction_id().alias("prediction_id"))


def _prediction_id() -> pl.Expr:
    """Return `core.identity.prediction_id` of every row."""
    # Lines are multiples of 0.5, so one decimal is exact and reads as it does in `prediction_id`.
    line = pl.col("line").round(1).cast(pl.String).fill_null("none")
    as_of = pl.col("as_of").dt.to_string("iso:strict")
    return text_hashes(pl.concat_str(["sport", *KEY, "market", line, "system", "model_id", as_of], separator=SEPARATOR))


def _columns(stage: str, chances: Chances) -> list[pl.Series]:
    named = (("over", chances.over), ("push", chances.push), ("under", chances.under))
    return [column(f"p_{side}_{stage}", values) for side, values in named]
