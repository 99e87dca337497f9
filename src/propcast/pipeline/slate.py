"""One game day before and while it is forecast: what is known of it, and what every system makes of that."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import polars as pl

from propcast.backends.warehouse.port import Between, In
from propcast.core.gameday import GameDay, previous_season
from propcast.core.identity import short_hash
from propcast.core.lines import in_force, prediction_lines, reasons_without_line
from propcast.core.markets import Market
from propcast.core.reasons import Reason, Status
from propcast.core.together import both, together
from propcast.forecast.model import Model
from propcast.forecast.pool import POOL_DAYS
from propcast.forecast.pricing import BatchIdentity, Said, slate_predictions
from propcast.forecast.systems.base import SlateInputs
from propcast.forecast.systems.registry import forecast_all
from propcast.forecast.systems.similarity import pool_columns
from propcast.pipeline.linebook import INPUTS, read_board
from propcast.pipeline.plan import SportPlan
from propcast.pipeline.span import Span
from propcast.pipeline.steps import Step, StepStore
from propcast.tables.content import frame_hash
from propcast.tables.features import CONTRACTS
from propcast.tables.forecasts import CONSENSUS_LINES, DECISIONS, MODELS, PREDICTIONS

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


def read_slate(
    store: StepStore, plan: SportPlan, day: GameDay, markets: Sequence[Market], as_of: datetime | None = None
) -> Slate:
    """Read what the batch needs, each table once; only rows built for these very moments are used."""
    today = In("game_day", (day.date,))
    in_season = [In("season", (day.season(plan.sport),)), today]
    built = [*in_season, In("feature_hash", (plan.contract.hash,))]
    board, (contexts, features, consensus, pool) = both(
        lambda: read_board(store, Span(plan.sport, day, day), as_of),
        lambda: (
            store.read(plan.context, in_season),
            store.read(plan.features, built),
            store.read(CONSENSUS_LINES, [*in_season, In("sport", (plan.sport,))]),
            read_pool(store, plan, day, markets),
        ),
    )

    def of_moment(rows: pl.DataFrame) -> pl.DataFrame:
        return rows.join(board.moments, on=["event_id", "as_of"], how="semi")

    consensus, states = of_moment(consensus), board.states
    lines = prediction_lines(in_force(states), consensus)
    events = tuple(board.events["event_id"].sort().to_list())
    return Slate(events, of_moment(contexts), of_moment(features), consensus, states, lines, pool)


def read_pool(store: StepStore, plan: SportPlan, day: GameDay, markets: Sequence[Market]) -> pl.DataFrame:
    """Return what similar games are looked for in: the training rows of the year before, in any order."""
    season = day.season(plan.sport)
    return store.read(
        plan.training,
        [
            In("season", (previous_season(season), season)),
            Between("game_day", day.date - timedelta(days=POOL_DAYS), day.plus(-1).date),
            In("feature_hash", (plan.contract.hash,)),
        ],
        columns=sorted({column for market in markets for column in pool_columns(market)}),
        in_order=False,
    )


def forecast_markets(
    slate: Slate, markets: Sequence[Market], models: dict[str, dict[str, Model]], batch: BatchIdentity
) -> pl.DataFrame:
    """Forecast and price several markets by every system."""
    said = opinions(slate, markets, models)
    named = pl.col("market").is_in([market.name for market in markets])
    priced = slate_predictions(said, slate.lines.filter(named), batch)
    return with_line_reasons(priced, slate.states.filter(named))


def opinions(slate: Slate, markets: Sequence[Market], models: dict[str, dict[str, Model]]) -> list[Said]:
    """Return what every system says about several markets; no line is looked at yet."""
    return together(partial(_said, slate, market, models[market.name]) for market in markets)


def _said(slate: Slate, market: Market, models: dict[str, Model]) -> Said:
    of_market = pl.col("market") == market.name
    features = with_contexts(slate, market)
    inputs = SlateInputs(market, features, slate.consensus.filter(of_market), slate.pool.filter(of_market))
    return Said(inputs, forecast_all(inputs, models))


def with_contexts(slate: Slate, market: Market) -> pl.DataFrame:
    """Return one feature row per context; whose features were held back is there with that reason."""
    keys = ["event_id", "participant_id"]
    shared = ("player_id", "season", "game_day", "as_of", *_CONTEXT_COLUMNS)
    rows = slate.features.lazy().filter(pl.col("market") == market.name).drop(shared, strict=False)
    people = slate.contexts.lazy().select(*keys, *shared)
    joined = people.join(rows, on=keys, how="left", maintain_order="left", validate="1:1")
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
    ).collect()


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
    """Hash the content that a batch is computed from."""
    parts: list[tuple[pl.DataFrame, Sequence[str]]] = [
        (slate.contexts, plan.context.content_columns),
        (slate.features, plan.features.content_columns),
        (slate.consensus, CONSENSUS_LINES.content_columns),
        (slate.states, slate.states.columns),
        (slate.lines, slate.lines.columns),
        (slate.pool, slate.pool.columns),
    ]
    return short_hash(*together(partial(frame_hash, frame, columns) for frame, columns in parts), length=16)
