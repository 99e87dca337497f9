"""The precompute step: contexts, profiles and features of a span, strictly as of each event's moment."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import polars as pl

from propcast.backends.state.records import ExpectedOutput, StepState
from propcast.backends.warehouse.port import Between, Condition, In
from propcast.core.gameday import previous_season
from propcast.core.markets import Market
from propcast.core.together import both, together
from propcast.pipeline.grid import settle_cells
from propcast.pipeline.linebook import INPUTS, Offers, market_view, quoted_by, read_board
from propcast.pipeline.plan import MarketView, SportPlan
from propcast.pipeline.span import Span
from propcast.pipeline.steps import Step, StepResult, StepStore
from propcast.precompute.guards import CheckedSlate, check_slate
from propcast.tables.analytics import EVENTS
from propcast.tables.contract import split
from propcast.tables.forecasts import CLOSING_LINES, CONSENSUS_LINES
from propcast.tables.schema import Rule, Table

GUARD_DAYS = 30
"""How many days back the null rates of a slate are compared with."""


def precompute_step(plan: SportPlan) -> Step:
    """Return the step's declaration."""
    return Step(
        f"{plan.sport}/precompute",
        (*INPUTS, *plan.analytics, *plan.profile_inputs),
        (CONSENSUS_LINES, CLOSING_LINES, plan.context, plan.features),
    )


def profiles_step(plan: SportPlan) -> Step:
    """Return the declaration of the step that keeps team and player profiles beside the features."""
    return Step(f"{plan.sport}/profiles", (EVENTS, *plan.analytics, *plan.profile_inputs, plan.context), plan.profiles)


def training_step(plan: SportPlan) -> Step:
    """Return the declaration of the step that keeps past games as training rows."""
    return Step(f"{plan.sport}/training_rows", (EVENTS, *plan.analytics, *plan.profile_inputs), (plan.training,))


def build_features(
    store: StepStore,
    plan: SportPlan,
    span: Span,
    markets: Sequence[Market],
    as_of: datetime | None = None,
    offers: Offers | None = None,
) -> StepResult:
    """Build what forecasting a span of game days needs; `offers` are those of the span if they were read before."""
    frames, board = both(lambda: read_history(store, plan, span), lambda: read_board(store, span, as_of, offers))
    if board.events.is_empty():
        return StepResult(StepState.EMPTY_OK, "no games", {"events": 0})
    view, contexts = both(
        lambda: market_view(store, span, board),
        lambda: plan.build_contexts(
            board.events, frames, quoted_by(store, plan, span, board, frames[plan.results.name])
        ),
    )
    features, _ = both(
        lambda: plan.build_features(markets, contexts, frames, view),
        lambda: _keep_known(store, plan, span, view, contexts),
    )
    return _keep(store, plan, span, board.events["event_id"].sort().to_list(), features)


def build_profiles(store: StepStore, plan: SportPlan, span: Span) -> StepResult:
    """Keep the profiles that stood before each game day of a span, for reports; features compute their own."""
    contexts = store.read(plan.context, [In("season", span.seasons), span.days()])
    if contexts.is_empty():
        return StepResult(StepState.EMPTY_OK, "no games")
    latest = contexts.sort("as_of").unique(["event_id", "player_id"], keep="last", maintain_order=True)
    profiles = plan.build_profiles(latest, read_history(store, plan, span), MarketView.nothing())
    for table in plan.profiles:
        store.write(table, profiles[table.name], _slice(table, span))
    return StepResult(StepState.DONE, "", {"contexts": latest.height})


def build_training_rows(store: StepStore, plan: SportPlan, span: Span, markets: Sequence[Market]) -> StepResult:
    """Keep the features that stood before every finished game of a span, with what came of it.

    The same feature code as for a slate, over those who took part: for training, similar games and backtests only. Rows
    that break the contract are held back.
    """
    frames = read_history(store, plan, span)
    results = frames[plan.results.name].filter(plan.took_part & _within(span))
    if results.is_empty():
        return StepResult(StepState.EMPTY_OK, "no results")
    contexts = plan.scored_contexts(results, frames)
    features = plan.build_features(markets, contexts, frames, MarketView.nothing())
    counted = pl.concat([_actual(results, market) for market in markets])
    rows = features.join(counted, on=["event_id", "player_id", "market"], how="left", maintain_order="left")
    parts = split(plan.training, plan.training.conform(rows))
    newly_held = store.hold_back(plan.training, parts.bad, "training_rows")
    scope: list[Condition] = [In("season", span.seasons), span.days(), In("market", tuple(m.name for m in markets))]
    store.write(plan.training, parts.good, scope)
    n_held, n_games = parts.bad.height, results["event_id"].n_unique()
    state, note = (StepState.DEGRADED, _held_back(n_held)) if n_held else (StepState.DONE, "")
    return StepResult(state, note, {"games": n_games, "out_of_range": n_held, "newly_held": newly_held})


def read_history(store: StepStore, plan: SportPlan, span: Span) -> dict[str, pl.DataFrame]:
    """Return events, analytics and profile inputs of the span's seasons and of those that features look back to."""
    first = previous_season(span.seasons[0], plan.history_seasons)
    where: list[Condition] = [Between("season", first, span.seasons[-1]), Between("game_day", None, span.last.date)]
    wanted: dict[Table, list[Condition]] = {
        **{t: where if "game_day" in t.schema else where[:1] for t in (*plan.analytics, *plan.profile_inputs)},
        EVENTS: [*where, In("sport", (span.sport,))],
    }
    frames = together(partial(store.read, t, conditions, in_order=False) for t, conditions in wanted.items())
    return {table.name: frame for table, frame in zip(wanted, frames, strict=True)}


def _within(span: Span) -> pl.Expr:
    return pl.col("game_day").is_between(span.first.date, span.last.date)


def _actual(results: pl.DataFrame, market: Market) -> pl.DataFrame:
    return results.select(
        "event_id", "player_id", pl.lit(market.name).alias("market"), market.stat_expr().alias("actual")
    )


def _keep_known(store: StepStore, plan: SportPlan, span: Span, view: MarketView, contexts: pl.DataFrame) -> None:
    """Write what stands before the features do."""
    store.write(CONSENSUS_LINES, view.consensus)
    if span.first != span.last:
        store.write(CLOSING_LINES, view.closing.filter(_within(span)))
    store.write(plan.context, contexts)


def _slice(table: Table, span: Span) -> list[Condition]:
    if table.rule is not Rule.SET:
        return []
    return [span.days()] if "game_day" in table.schema else [In("season", span.seasons)]


def _keep(store: StepStore, plan: SportPlan, span: Span, events: Sequence[str], features: pl.DataFrame) -> StepResult:
    """Guard, then write: rows out of range are held back, a slate that looks broken stops the step."""
    checked = check_slate(plan.contract, features, _earlier(store, plan, span))
    held = store.hold_back(plan.features, checked.bad, "features")
    store.write(plan.features, checked.good)
    notes = [_held_back(checked.bad.height)] if checked.bad.height else []
    if checked.warnings and span.first == span.last:
        notes.append(f"{len(checked.warnings)} features are constant or sparse ({checked.warnings[0]}, …)")
    counts = {"events": len(events), "out_of_range": checked.bad.height, "newly_held": held}
    state = StepState.DEGRADED if checked.bad.height else StepState.DONE
    return StepResult(state, "; ".join(notes), counts, _cells(plan, span, events, checked))


def _held_back(n_rows: int) -> str:
    return f"{n_rows} rows out of range held back"


def _cells(plan: SportPlan, span: Span, events: Sequence[str], checked: CheckedSlate) -> tuple[ExpectedOutput, ...]:
    """Return the grid cells of one game day: every row that was built is owed; spans have no grid."""
    if span.first != span.last:
        return ()
    got, bad = (dict(frame.group_by("event_id").len().iter_rows()) for frame in (checked.good, checked.bad))
    owed = {event: got.get(event, 0) + bad.get(event, 0) for event in events}
    return settle_cells(plan.sport, span.first, "features", owed, got, "nobody to forecast")


def _earlier(store: StepStore, plan: SportPlan, span: Span) -> pl.DataFrame | None:
    """Return the stored rows that one day's null rates are compared with; whole spans are not compared."""
    if span.first != span.last:
        return None
    recent = Between("game_day", span.first.plus(-GUARD_DAYS).date, span.first.plus(-1).date)
    columns = ("game_day", "market", *plan.contract.names)
    return store.read(plan.features, [In("season", span.seasons), recent], columns=columns)
