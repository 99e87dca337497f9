"""What people ask of a published slate: the slate itself, and everything behind one prediction."""

import json
from dataclasses import dataclass
from typing import Any

import polars as pl

from propcast.backends.compose import Backends
from propcast.backends.state.port import CurrentSlate
from propcast.backends.warehouse.port import In
from propcast.core.errors import InputError, NotReady
from propcast.core.gameday import GameDay
from propcast.core.markets import market as declared_market
from propcast.core.sport import Sport
from propcast.pipeline.slate import CHAMPION
from propcast.pipeline.sports import PLANS, plan_of
from propcast.tables.forecasts import CONSENSUS_LINES, DECISIONS, GRADES, MODELS, PREDICTIONS
from propcast.tables.raw import RAW_QUOTES

Labelled = list[tuple[str, str]]


@dataclass(frozen=True)
class SlateView:
    """The current slate, one row per participant and line, with the decision beside the forecast."""

    sport: Sport
    game_day: GameDay
    batch_id: str
    rows: pl.DataFrame

    def title(self) -> str:
        """Return a heading with the counts that matter."""
        bets = self.rows.filter(pl.col("decision").is_in(["OVER", "UNDER"])).height
        return f"{self.sport.upper()} {self.game_day} · {self.rows.height:,} rows · {bets} bets · batch {self.batch_id[:12]}"

    def shown(self) -> pl.DataFrame:
        """Return the rows as a table prints them."""
        over = pl.col("ev_over").fill_null(-9) >= pl.col("ev_under").fill_null(-9)
        side, price = (
            pl.when(over).then(pl.lit("O")).otherwise(pl.lit("U")),
            pl.when(over).then(pl.col("over_price")).otherwise(pl.col("under_price")),
        )
        book = pl.when(over).then(pl.col("over_book")).otherwise(pl.col("under_book"))
        return self.rows.with_columns(
            pl.concat_str(side, pl.lit(" "), _signed(price), pl.lit(" "), book).alias("best"),
            pl.max_horizontal("ev_over", "ev_under").alias("ev"),
            pl.concat_list("reasons", "decision_reasons")
            .list.unique(maintain_order=True)
            .list.head(2)
            .list.join(" ")
            .alias("why"),
        )

    def flat(self) -> pl.DataFrame:
        """Return the rows without lists, for CSV."""
        lists = [name for name, dtype in self.rows.schema.items() if isinstance(dtype, pl.List)]
        return self.rows.with_columns(pl.col(lists).list.join(" "))


def slate(
    backends: Backends,
    sport: Sport,
    day: GameDay,
    *,
    market: str | None = None,
    system: str | None = None,
    every_line: bool = False,
) -> SlateView:
    """Return the current slate of a game day: one system (the champion), modal lines unless every line is wanted.

    Raises:
        NotReady: nothing is published for the day.
    """
    current = require_current(backends, sport, day)
    where = [In("game_day", (day.date,)), In("batch_id", (current.batch_id,)), In("system", (system or CHAMPION,))]
    if market is not None:
        where.append(In("market", (declared_market(market).name,)))
    predictions = backends.warehouse.read(PREDICTIONS, where)
    decisions = backends.warehouse.read(DECISIONS, where).select(
        "prediction_id", "decision", "stake", "edge", pl.col("reasons").alias("decision_reasons")
    )
    rows = predictions.join(decisions, on="prediction_id", how="left", validate="1:1", maintain_order="left")
    if not every_line:
        rows = rows.filter(pl.col("is_modal_line"))
    order = (pl.col("decision").is_in(["OVER", "UNDER"]).not_(), "market", pl.col("mean").neg(), "player_name", "line")
    return SlateView(sport, day, current.batch_id, rows.sort(*order, nulls_last=True))


def require_current(backends: Backends, sport: Sport, day: GameDay) -> CurrentSlate:
    """Return the published slate, or say how to make one."""
    current = backends.state.current(sport, day)
    if current is None:
        raise NotReady(f"no slate of {sport} {day} is published; run `propcast day --sport {sport} --date {day}` first")
    return current


@dataclass(frozen=True)
class Explanation:
    """One prediction and everything that it came from."""

    prediction: dict[str, Any]
    decision: dict[str, Any]
    features: dict[str, float | None]
    null_reasons: dict[str, str]
    consensus: dict[str, Any]
    quotes: pl.DataFrame
    model: dict[str, Any]
    grade: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return the whole as plain data."""
        return {**vars(self), "quotes": self.quotes.to_dicts()}

    def sections(self) -> list[tuple[str, Labelled]]:
        """Return titled lists of labelled values, most telling first."""
        contributions = json.loads(self.prediction.get("contributions") or "{}")
        return [
            ("Prediction", _labelled(self.prediction, drop=("contributions", "params"))),
            ("Decision", _labelled(self.decision, drop=("prediction_id", "batch_id"))),
            ("Largest contributions", _contributed(contributions)),
            ("Consensus", _labelled(self.consensus, drop=("quote_ids",))),
            ("Quotes in the consensus", [_quote(row) for row in self.quotes.iter_rows(named=True)]),
            ("Inputs", _labelled({**self.features, **{n: f"– {why}" for n, why in self.null_reasons.items()}})),
            (
                "Model",
                _labelled(self.model, drop=("library_versions",)) or [("model", "a formula; nothing is trained")],
            ),
            ("Grade", _labelled(self.grade, drop=("prediction_id", "batch_id")) or [("grade", "not graded yet")]),
        ]


def explain(backends: Backends, prediction_id: str) -> Explanation:
    """Return everything behind one prediction of a current slate; a prefix of its id is enough.

    Raises:
        InputError: no current prediction, or several, start with that id.
    """
    found = _find(backends, prediction_id)
    plan = plan_of(Sport(found["sport"]))
    where = [In("game_day", (found["game_day"],))]
    subject = [In("event_id", (found["event_id"],)), In("participant_id", (found["participant_id"],))]
    of_market = [*where, *subject, In("market", (found["market"],))]
    this = [*where, In("batch_id", (found["batch_id"],)), In("prediction_id", (found["prediction_id"],))]
    season = In("season", (GameDay(found["game_day"]).season(plan.sport),))
    features = backends.warehouse.read(plan.features, [season, *of_market]).filter(
        (pl.col("as_of") == found["as_of"]) & (pl.col("feature_hash") == found["feature_hash"])
    )
    consensus = backends.warehouse.read(CONSENSUS_LINES, of_market).filter(pl.col("as_of") == found["as_of"])
    opinion = _first(consensus)
    values = _first(features)
    quotes = backends.warehouse.read(RAW_QUOTES, [*where, In("event_id", (found["event_id"],))]).filter(
        pl.col("quote_id").is_in(opinion.get("quote_ids") or [])
    )
    return Explanation(
        found,
        _first(backends.warehouse.read(DECISIONS, this)),
        {name: values.get(name) for name in plan.contract.names if values.get(name) is not None},
        plan.contract.null_reasons(values),
        opinion,
        quotes.sort("book", "line"),
        _first(backends.warehouse.read(MODELS, [In("model_id", (found["model_id"],))])),
        _first(backends.warehouse.read(GRADES, this)),
    )


def _find(backends: Backends, prediction_id: str) -> dict[str, Any]:
    matches = [
        row
        for sport in PLANS
        for current in backends.state.current_between(sport, GameDay.parse("1900-01-01"), GameDay.parse("2999-12-31"))
        for row in backends.warehouse.read(
            PREDICTIONS, [In("game_day", (current.game_day.date,)), In("batch_id", (current.batch_id,))]
        )
        .filter(pl.col("prediction_id").str.starts_with(prediction_id))
        .iter_rows(named=True)
    ]
    if len(matches) != 1:
        what = f"{len(matches)} current predictions start with {prediction_id!r}"
        raise InputError(f"{what}; take a whole id from `propcast slate --format json`")
    return matches[0]


def _first(frame: pl.DataFrame) -> dict[str, Any]:
    return frame.row(0, named=True) if frame.height else {}


def _labelled(values: dict[str, Any], drop: tuple[str, ...] = ()) -> Labelled:
    return [(name, _text(value)) for name, value in values.items() if name not in drop and value not in (None, [])]


def _text(value: object) -> str:
    match value:
        case float():
            return f"{value:.4g}"
        case list():
            return ", ".join(str(item) for item in value)
        case _:
            return str(value)


def _contributed(contributions: Any) -> Labelled:
    pairs = contributions.items() if isinstance(contributions, dict) else contributions
    return [(str(name), f"{value:+.3f}" if isinstance(value, float) else str(value)) for name, value in pairs]


def _quote(row: dict[str, Any]) -> tuple[str, str]:
    return row["book"], f"{row['line']} over {row['over_price']} under {row['under_price']} at {row['observed_at']}"


def _signed(price: pl.Expr) -> pl.Expr:
    return pl.when(price > 0).then(pl.lit("+") + price.cast(pl.String)).otherwise(price.cast(pl.String))
