"""One batch: forecast every quoted line of a game day, decide, and publish in one state transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import polars as pl

from propcast.backends.compose import Backends
from propcast.backends.state.records import CurrentSlate, ExpectedOutput, StepState
from propcast.backends.warehouse.port import Between, In
from propcast.core.decisions import Policy, decide
from propcast.core.gameday import GameDay, previous_season
from propcast.core.identity import short_hash
from propcast.core.lines import prediction_lines, reasons_without_line
from propcast.core.markets import Market
from propcast.core.reasons import Reason, Status
from propcast.core.together import together
from propcast.forecast.model import Model
from propcast.forecast.pool import POOL_DAYS
from propcast.forecast.pricing import BatchIdentity, Said, slate_predictions
from propcast.forecast.systems.base import SlateInputs
from propcast.forecast.systems.registry import forecast_all
from propcast.forecast.systems.similarity import pool_columns
from propcast.pipeline.champion import CHAMPION
from propcast.pipeline.grid import settle_cells
from propcast.pipeline.linebook import INPUTS, read_board
from propcast.pipeline.models import models_for
from propcast.pipeline.plan import SportPlan
from propcast.pipeline.span import Span
from propcast.pipeline.steps import Step, StepResult, StepStore
from propcast.tables.content import frame_hash
from propcast.tables.features import CONTRACTS
from propcast.tables.forecasts import CONSENSUS_LINES, DECISIONS, MODELS, PREDICTIONS

PROTOCOL = "batch-1"

_CONTEXT_COLUMNS = ("player_name", "team", "opponent", "reason", "p_plays", "starts_at", "is_quoted")


@dataclass(frozen=True)
class Slate:
    """Everything known about one game day before it is forecast.

    Attributes:
        events: ids of the day's events, also of those that nobody is forecast for.
        states: the latest known state of every offer, in force or not.
        lines: every distinct line in force, with the best price of each side.
        pool: earlier training rows.
    """

    events: tuple[str, ...]
    contexts: pl.DataFrame
    features: pl.DataFrame
    consensus: pl.DataFrame
    states: pl.DataFrame
    lines: pl.DataFrame
    pool: pl.DataFrame


def forecast_step(plan: SportPlan) -> Step:
    """Return the step that forecasts, decides and publishes."""
    return Step(
        f"{plan.sport}/forecast",
        (*INPUTS, plan.context, plan.features, plan.training, CONSENSUS_LINES, MODELS),
        (PREDICTIONS, DECISIONS),
    )


def forecast_day(
    backends: Backends,
    store: StepStore,
    plan: SportPlan,
    day: GameDay,
    markets: Sequence[Market],
    as_of: datetime | None = None,
) -> StepResult:
    """Forecast one game day as of each event's moment and publish it; the same inputs publish the same batch.

    Every quoted participant and line gets a row: a forecast, or none with a reason.
    """
    slate = read_slate(store, plan, day, markets, as_of)
    if slate.contexts.is_empty():
        nobody = settle_cells(plan.sport, day, "predictions", dict.fromkeys(slate.events, 0), {}, "nobody to forecast")
        return StepResult(StepState.EMPTY_OK, "nobody to forecast", cells=nobody)
    models = models_for(backends, markets, day)
    version = data_version(plan, slate)
    batch = BatchIdentity(batch_id(plan, day, slate, version, models), version)
    priced = forecast_markets(slate, markets, models, batch)
    store.write(PREDICTIONS, priced)
    store.write(DECISIONS, decide(priced, Policy()))
    counts = _counts(priced)
    cells = _cells(plan, day, slate, priced)
    if not priced.height:
        return StepResult(StepState.FAILED, "0 predictions though games are scheduled", counts, cells)
    backends.ledger.publish(CurrentSlate(plan.sport, day, batch.batch_id, backends.clock.now(), counts))
    return StepResult(StepState.DONE, "", counts, cells)


def read_slate(
    store: StepStore, plan: SportPlan, day: GameDay, markets: Sequence[Market], as_of: datetime | None = None
) -> Slate:
    """Read what the batch needs, each table once; only rows built for these very moments are used."""
    board = read_board(store, Span(plan.sport, day, day), as_of)
    today = In("game_day", (day.date,))
    in_season = [In("season", (day.season(plan.sport),)), today]

    def of_moment(rows: pl.DataFrame) -> pl.DataFrame:
        return rows.join(board.moments, on=["event_id", "as_of"], how="semi")

    contexts = of_moment(store.read(plan.context, in_season))
    features = of_moment(store.read(plan.features, [*in_season, In("feature_hash", (plan.contract.hash,))]))
    consensus = of_moment(store.read(CONSENSUS_LINES, [*in_season, In("sport", (plan.sport,))]))
    states = board.states()
    lines = prediction_lines(states.filter(pl.col("not_in_force").is_null()).drop("not_in_force"), consensus)
    events = tuple(board.events["event_id"].sort().to_list())
    return Slate(events, contexts, features, consensus, states, lines, read_pool(store, plan, day, markets))


def read_pool(store: StepStore, plan: SportPlan, day: GameDay, markets: Sequence[Market]) -> pl.DataFrame:
    """Return what similar games are looked for in: the training rows of the year before."""
    season = day.season(plan.sport)
    return store.read(
        plan.training,
        [
            In("season", (previous_season(season), season)),
            Between("game_day", day.date - timedelta(days=POOL_DAYS), day.plus(-1).date),
            In("feature_hash", (plan.contract.hash,)),
        ],
        columns=sorted({column for market in markets for column in pool_columns(market)}),
    )


def forecast_markets(
    slate: Slate, markets: Sequence[Market], models: dict[str, dict[str, Model]], batch: BatchIdentity
) -> pl.DataFrame:
    """Forecast and price several markets by every system."""
    said = together(partial(_said, slate, market, models[market.name]) for market in markets)
    named = pl.col("market").is_in([market.name for market in markets])
    priced = slate_predictions(said, slate.lines.filter(named), batch)
    return with_line_reasons(priced, slate.states.filter(named))


def _said(slate: Slate, market: Market, models: dict[str, Model]) -> Said:
    of_market = pl.col("market") == market.name
    features = with_contexts(slate, market)
    inputs = SlateInputs(market, features, slate.consensus.filter(of_market), slate.pool.filter(of_market))
    return Said(inputs, forecast_all(inputs, models))


def with_contexts(slate: Slate, market: Market) -> pl.DataFrame:
    """Return one feature row per context; whose features were held back is there with that reason."""
    keys = ["event_id", "participant_id"]
    people = slate.contexts.select(*keys, "player_id", "season", "game_day", "as_of", *_CONTEXT_COLUMNS)
    rows = slate.features.filter(pl.col("market") == market.name)
    shared = [name for name in people.columns if name not in keys]
    joined = people.join(rows.drop(shared, strict=False), on=keys, how="left", maintain_order="left", validate="1:1")
    has_started = pl.col("as_of") >= pl.col("starts_at")
    held_back = pl.col("feature_hash").is_null()
    reason = pl.coalesce(
        pl.when(has_started).then(pl.lit(Reason.GAME_STARTED.value)),
        "reason",
        pl.when(held_back).then(pl.lit(Reason.FEATURE_OUT_OF_RANGE.value)),
    )
    return joined.with_columns(
        reason.alias("reason"),
        pl.col("market").fill_null(market.name),
        pl.col("feature_hash").fill_null(CONTRACTS[market.sport].hash),
    )


def with_line_reasons(priced: pl.DataFrame, states: pl.DataFrame) -> pl.DataFrame:
    """Mark who was quoted, and say of those without a line in force what became of it instead of NO_LINE."""
    keys = ["event_id", "participant_id", "market"]
    quoted = states.select("event_id", pl.col("subject").alias("participant_id"), "market").unique()
    gone = reasons_without_line(states).rename({"reasons": "line_reasons"})
    asked = quoted.with_columns(pl.lit(value=True).alias("is_quoted"))
    joined = priced.join(asked, on=keys, how="left", maintain_order="left")
    joined = joined.join(gone, on=keys, how="left", maintain_order="left")
    no_line = (pl.col("status") == Status.NO_LINE) & pl.col("line_reasons").is_not_null()
    return joined.with_columns(
        pl.col("is_quoted").fill_null(value=False),
        pl.when(no_line).then("line_reasons").otherwise("reasons").alias("reasons"),
    ).drop("line_reasons")


def data_version(plan: SportPlan, slate: Slate) -> str:
    """Hash the content that the batch was computed from."""
    return short_hash(
        frame_hash(slate.features, plan.features.content_columns),
        frame_hash(slate.consensus, CONSENSUS_LINES.content_columns),
        frame_hash(slate.lines, slate.lines.columns),
        length=16,
    )


def batch_id(plan: SportPlan, day: GameDay, slate: Slate, version: str, models: dict[str, dict[str, Model]]) -> str:
    """Return the batch's identity: sport, day, moments, content of the inputs, models, protocol."""
    ids = sorted(model.card.model_id for loaded in models.values() for model in loaded.values())
    as_of = slate.contexts["as_of"].max()
    return short_hash(plan.sport, day, "scheduled", as_of, version, ids, Policy().version, PROTOCOL)


def _counts(priced: pl.DataFrame) -> dict[str, int]:
    by_status = dict(priced.group_by("status").len().iter_rows())
    return {"predictions": priced.height, **{status: by_status.get(status, 0) for status in Status}}


def _cells(plan: SportPlan, day: GameDay, slate: Slate, priced: pl.DataFrame) -> tuple[ExpectedOutput, ...]:
    quoted = slate.states.select("event_id", "subject", "market").unique().group_by("event_id").len()
    champion = priced.filter((pl.col("system") == CHAMPION) & pl.col("is_quoted"))
    got = champion.select("event_id", "participant_id", "market").unique().group_by("event_id").len()
    owed = dict.fromkeys(slate.events, 0) | dict(quoted.iter_rows())
    return settle_cells(plan.sport, day, "predictions", owed, dict(got.iter_rows()), "no quotes")
