"""Fits the boosted system on stored history and registers the artefact."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from propcast.backends.compose import Backends
from propcast.backends.state.records import StepState
from propcast.backends.warehouse.port import Between, In
from propcast.core.errors import InputError, NotReady
from propcast.core.gameday import GameDay
from propcast.core.markets import Market
from propcast.core.sport import Sport
from propcast.forecast.training import train
from propcast.pipeline.backfill import Built, ensure_analytics, run_training_rows
from propcast.pipeline.models import register
from propcast.pipeline.plan import SportPlan
from propcast.pipeline.progress import Advance, silent
from propcast.pipeline.span import Span
from propcast.pipeline.sports import plan_of
from propcast.pipeline.steps import Step, StepResult, StepStore, run_step
from propcast.tables.forecasts import MODELS


@dataclass(frozen=True)
class TrainReport:
    """What was fitted, on what, and how long it took."""

    model_id: str
    sport: str
    market: str
    train_from: str
    train_until: str
    n_rows: int
    feature_hash: str
    sha256: str
    seconds: float

    def rows(self) -> list[tuple[str, str]]:
        """Return labelled values for display."""
        return [
            ("market", f"{self.sport} {self.market}"),
            ("fitted on", f"{self.n_rows:,} rows, {self.train_from} … before {self.train_until}"),
            ("feature contract", self.feature_hash),
            ("artefact sha256", self.sha256),
            ("took", f"{self.seconds:.1f} s"),
        ]


def train_market(
    backends: Backends, sport: Sport, market: Market, until: GameDay, advance: Advance = silent
) -> TrainReport:
    """Fit on every stored game day before `until` and register the model; it serves game days from `until` on."""
    if market.sport is not sport:
        raise InputError(f"{market.name} is a market of {market.sport}, not of {sport}; pass --sport {market.sport}")
    started = time.perf_counter()
    plan = plan_of(sport)
    seasons = stored_seasons(backends, plan, until)
    advance("analytics", 0, 3)
    ensure_analytics(backends, plan, seasons)
    advance("past games", 1, 3)
    ensure_training_rows(backends, plan, market, seasons)
    advance("trees", 2, 3)
    registered: list[pl.DataFrame] = []

    def work(store: StepStore) -> StepResult:
        rows = training_rows(store, plan, market, until)
        registered.append(register(backends, store, train(market, rows, until)))
        return StepResult(StepState.DONE, "", {"training_rows": rows.height})

    run_step(backends, train_step(plan, market), sport, None, work)
    advance("done", 3, 3)
    row = registered[0].row(0, named=True)
    shown = {
        name: str(row[name]) for name in ("model_id", "sport", "market", "train_from", "train_until", "feature_hash")
    }
    return TrainReport(**shown, n_rows=row["n_rows"], sha256=row["sha256"], seconds=time.perf_counter() - started)


def train_step(plan: SportPlan, market: Market) -> Step:
    """Return the step that fits and registers a model."""
    return Step(f"{plan.sport}/train/{market.name}", (plan.training,), (MODELS,))


def stored_seasons(backends: Backends, plan: SportPlan, until: GameDay) -> tuple[str, ...]:
    """Return the seasons with raw results before the day, oldest first."""
    before = [Between("game_day", None, until.plus(-1).date)]
    seasons = tuple(backends.warehouse.distinct(plan.raw[0], ["season"], before)["season"].to_list())
    if not seasons:
        raise NotReady(f"no results of {plan.sport} before {until} are stored; run `propcast import --from DIR` first")
    return seasons


def ensure_training_rows(backends: Backends, plan: SportPlan, market: Market, seasons: Sequence[str]) -> list[Built]:
    """Keep past games of those seasons that lack them as training rows, whole seasons at a time."""
    current = [In("market", (market.name,)), In("feature_hash", (plan.contract.hash,))]
    stored = backends.warehouse.distinct(plan.training, ["season", "game_day"], current)
    played = backends.warehouse.read(
        plan.results, [In("season", tuple(seasons))], columns=["season", "game_day"]
    ).unique()
    lacking = played.join(stored, on=["season", "game_day"], how="anti")["season"].unique().sort().to_list()
    return [run_training_rows(backends, plan, Span.of_season(plan.sport, season), [market]) for season in lacking]


def training_rows(store: StepStore, plan: SportPlan, market: Market, until: GameDay) -> pl.DataFrame:
    """Return the training rows of a market before a day."""
    current = [In("market", (market.name,)), In("feature_hash", (plan.contract.hash,))]
    return store.read(plan.training, [*current, Between("game_day", None, until.plus(-1).date)])
