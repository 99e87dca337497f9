"""Everything behind one published prediction: inputs, quotes, versions, what moved it, decision and grade."""

import json
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

import polars as pl

from propcast.backends.compose import Backends
from propcast.backends.warehouse.port import Between, Condition, In
from propcast.core.errors import InputError
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.core.together import together
from propcast.pipeline.queries import EVER
from propcast.tables.analytics import EVENTS
from propcast.tables.features import CONTRACTS
from propcast.tables.forecasts import CONSENSUS_LINES, DECISIONS, GRADES, MODELS, PREDICTIONS
from propcast.tables.precompute import FEATURES
from propcast.tables.raw import RAW_QUOTES

Row = dict[str, Any]

_AFTER_EVERY_DIGIT = "~"
_NAMED = 3


@dataclass(frozen=True)
class Explanation:
    """One prediction and everything that it came from; a part that does not exist is empty.

    Attributes:
        prediction: the PREDICTIONS row with its lineage (`run_id`, `built_at`, `input_hash`).
        event: the EVENTS row.
        features: inputs that had a value; `null_reasons`: why the others had none.
        quotes: RAW_QUOTES with `used_for`: consensus, best over, best under.
        model: the MODELS row of a trained system.
    """

    prediction: Row
    event: Row
    decision: Row
    features: dict[str, float]
    null_reasons: dict[str, str]
    consensus: Row
    quotes: pl.DataFrame
    model: Row
    grade: Row

    def sides(self) -> list[Row]:
        """Return one row per side of the line with its chances and price; the market's chance leaves pushes out."""
        row = self.prediction
        if row["line"] is None:
            return []
        over = row["p_over_market"]
        market = {"over": over, "under": None if over is None else 1 - over, "push": None}
        return [
            {
                "side": side,
                "raw": row[f"p_{side}_raw"],
                "calibrated": row[f"p_{side}_calibrated"],
                "final": row[f"p_{side}_blended"],
                "market": market[side],
                **{part: row.get(f"{part}_{side}") for part in ("fair", "ev")},
                **{part: row.get(f"{side}_{part}") for part in ("price", "book")},
            }
            for side in ("over", "push", "under")
        ]

    def contributions(self) -> dict[str, float]:
        """Return what moved the mean, by input."""
        found: dict[str, float] = json.loads(self.prediction["contributions"] or "{}")
        return found

    def inputs(self) -> list[tuple[str, float, str, str]]:
        """Return each input that had a value: name, value, unit, definition."""
        declared = {feature.name: feature for feature in CONTRACTS[Sport(self.prediction["sport"])].features}
        return [(n, value, declared[n].unit, declared[n].definition) for n, value in self.features.items()]

    def missing(self) -> list[tuple[str, list[str]]]:
        """Return the inputs without a value, by reason."""
        pairs = sorted((why, name) for name, why in self.null_reasons.items())
        return [(why, [name for _, name in group]) for why, group in groupby(pairs, key=lambda pair: pair[0])]


def explain(backends: Backends, prediction_id: str) -> Explanation:
    """Return everything behind one prediction of a current slate; a prefix of its id is enough.

    Raises:
        InputError: no current prediction, or several, start with that id.
    """
    found = find(backends, prediction_id)
    sport, read = Sport(found["sport"]), backends.warehouse.read
    today, season = In("game_day", (found["game_day"],)), In("season", (_season(found),))
    event = In("event_id", (found["event_id"],))
    subject = [today, event, In("participant_id", (found["participant_id"],)), In("market", (found["market"],))]
    this = [today, In("batch_id", (found["batch_id"],)), In("prediction_id", (found["prediction_id"],))]
    contract, of_model = In("feature_hash", (found["feature_hash"],)), In("model_id", (found["model_id"],))
    features, consensus, grades, events, decisions, quotes, models = together(
        partial(read, table, where)
        for table, where in (
            (FEATURES[sport], [season, *subject, contract]),
            (CONSENSUS_LINES, [season, *subject]),
            (GRADES, this),
            (EVENTS, [season, event]),
            (DECISIONS, this),
            (RAW_QUOTES, [today, event]),
            (MODELS, [of_model]),
        )
    )
    of_moment = pl.col("as_of") == found["as_of"]
    values, opinion = _first(features.filter(of_moment)), _first(consensus.filter(of_moment))
    return Explanation(
        prediction=found,
        event=_first(events),
        decision=_first(decisions),
        features={name: values[name] for name in CONTRACTS[sport].names if values.get(name) is not None},
        null_reasons=CONTRACTS[sport].null_reasons(values) if values else {},
        consensus=opinion,
        quotes=_used(quotes, found, opinion),
        model=_first(models),
        grade=_first(grades.sort("settlement_version").tail(1)),
    )


def find(backends: Backends, prediction_id: str) -> Row:
    """Return the one current prediction whose id starts with the text.

    Only ids of published batches are looked at, in one read; the row itself is read by its whole id.
    """
    currents = [slate for sport in Sport for slate in backends.ledger.current_between(sport, *EVER)]
    batches: list[Condition] = [
        In("game_day", tuple(sorted({slate.game_day.date for slate in currents}))),
        In("batch_id", tuple(slate.tag for slate in currents)),
    ]
    prefix = prediction_id.strip().lower()
    wanted = Between("prediction_id", prefix, prefix + _AFTER_EVERY_DIGIT)
    key = ["game_day", "batch_id", "prediction_id"]
    matches = backends.warehouse.read(PREDICTIONS, [*batches, wanted], columns=key)
    if matches.height != 1:
        raise InputError(_not_one(prediction_id, matches["prediction_id"].to_list()))
    this = [In(name, (matches[name][0],)) for name in key]
    return backends.warehouse.read(PREDICTIONS, this, lineage=True).row(0, named=True)


def _not_one(prediction_id: str, ids: list[str]) -> str:
    if not ids:
        return f"no current prediction starts with {prediction_id!r}; take an id from `propcast slate --json`"
    named = ", ".join(sorted(ids)[:_NAMED])
    return f"{len(ids):,} current predictions start with {prediction_id!r} ({named}, …); give more of the id"


def _used(quotes: pl.DataFrame, prediction: Row, opinion: Row) -> pl.DataFrame:
    """Return the quotes that the forecast and its best prices rest on, and what each was used for."""
    in_consensus = pl.col("quote_id").is_in(opinion.get("quote_ids") or [])
    best = {side: pl.col("quote_id").eq_missing(prediction[f"{side}_quote_id"]) for side in ("over", "under")}
    roles = [pl.when(in_consensus).then(pl.lit("consensus"))]
    roles += [pl.when(is_best).then(pl.lit(f"best {side}")) for side, is_best in best.items()]
    used = quotes.with_columns(pl.concat_list(roles).list.drop_nulls().alias("used_for"))
    return used.filter(pl.col("used_for").list.len() > 0).sort("book", "line", "observed_at")


def _season(prediction: Row) -> str:
    return GameDay(prediction["game_day"]).season(Sport(prediction["sport"]))


def _first(frame: pl.DataFrame) -> Row:
    return frame.row(0, named=True) if frame.height else {}
