"""The plan of one game day: build what is missing, grade the days before, forecast, decide, publish."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import polars as pl

from propcast.backends.compose import Backends
from propcast.backends.warehouse.port import In
from propcast.core.gameday import GameDay
from propcast.core.markets import Market, markets_of
from propcast.core.reasons import Decision, Reason, Status
from propcast.core.sport import Sport
from propcast.core.together import both
from propcast.pipeline.backfill import Built, built_notes, built_table, timed
from propcast.pipeline.batch.at_once import forecast_day
from propcast.pipeline.batch.warmth import Warm
from propcast.pipeline.champion import CHAMPION
from propcast.pipeline.plan import SportPlan
from propcast.pipeline.progress import Advance, silent
from propcast.pipeline.registry import newest
from propcast.pipeline.slate import forecast_step
from propcast.pipeline.sports import plan_of
from propcast.pipeline.stages import build_day_analytics, build_day_features
from propcast.pipeline.steps import run_step
from propcast.tables.forecasts import DECISIONS, PREDICTIONS

_WHO = ("prediction_id", "batch_id", "event_id", "participant_id", "market", "system", "reasons")
_TOLD = (*_WHO, "line", "is_quoted", "status")
_DECIDED = (*_WHO, "decision")


@dataclass(frozen=True)
class DayReport:
    """What one game day produced: of its predictions and decisions who they are about and what became of them."""

    sport: Sport
    game_day: GameDay
    built: tuple[Built, ...]
    predictions: pl.DataFrame
    decisions: pl.DataFrame
    untrained: tuple[str, ...]

    def steps(self) -> pl.DataFrame:
        """Return one row per step."""
        return built_table(self.built)

    def sums(self) -> pl.DataFrame:
        """Return, per market, the champion's sums: quoted = forecast + abstained, over participants and lines."""
        lined = self.predictions.filter((pl.col("system") == CHAMPION) & pl.col("is_quoted"))
        is_forecast = pl.col("status") == Status.FORECAST
        who = pl.struct("event_id", "participant_id")
        bets = self.decisions.filter(
            (pl.col("system") == CHAMPION) & pl.col("decision").is_in([Decision.OVER, Decision.UNDER])
        )
        return (
            lined.group_by("market", "system")
            .agg(
                who.n_unique().alias("quoted"),
                who.filter(is_forecast).n_unique().alias("forecast"),
                who.filter(~is_forecast).n_unique().alias("abstained"),
                pl.col("line").count().alias("lines"),
                (is_forecast & pl.col("line").is_not_null()).sum().alias("priced"),
            )
            .join(bets.group_by("market").len("bets"), on="market", how="left")
            .with_columns(pl.col("bets").fill_null(0))
            .sort("market")
        )

    def reasons(self) -> pl.DataFrame:
        """Return why the champion's quoted lines are no bets, most frequent first; a line may have several reasons."""
        quoted = self.predictions.filter((pl.col("system") == CHAMPION) & pl.col("is_quoted"))
        decided = self.decisions.join(quoted.select("prediction_id", "status"), on="prediction_id")
        return (
            decided.explode("reasons")
            .drop_nulls("reasons")
            .group_by("status", "decision", pl.col("reasons").alias("reason"))
            .agg(pl.struct("event_id", "participant_id").n_unique().alias("participants"), pl.len().alias("lines"))
            .sort("status", "lines", descending=[False, True])
        )

    def notes(self) -> list[str]:
        """Return what the reader should do next."""
        day, sport = self.game_day, self.sport
        season_start = f"{day.season(sport)[:4]}-{'10-01' if sport is Sport.NBA else '03-01'}"
        train = [
            f"no model of {name} is fitted on days before {day}: "
            f"propcast train --sport {sport} --market {name} --until {season_start}"
            for name in self.untrained
        ]
        return [*built_notes(self.built), *train, f"see it:   propcast slate --sport {sport} --date {day}",
                f"grade it: propcast grade --sport {sport} --date {day}"]  # fmt: skip


def run_day(
    backends: Backends, sport: Sport, day: GameDay, advance: Advance = silent, as_of: datetime | None = None
) -> DayReport:
    """Run the steps of one game day in order; running again on the same inputs changes nothing.

    Raises:
        NotReady: nothing of the sport was imported.
    """
    plan, markets = plan_of(sport), markets_of(sport)
    advance("analytics", 0, 3)
    built = build_day_analytics(backends, sport, day)
    advance("features", 1, 3)
    warm = Warm()
    featured, _ = both(
        lambda: build_day_features(backends, sport, day, as_of, markets),
        lambda: warm.load_ahead(backends.objects, sport, newest(backends, markets, day)),
    )
    advance("forecasts", 2, 3)
    built += [*featured.built, _forecasts(backends, plan, day, markets, as_of, warm)]
    advance("done", 3, 3)
    predictions, decisions = _published(backends, sport, day, _TOLD, _DECIDED, in_order=False)
    return DayReport(sport, day, tuple(built), predictions, decisions, _untrained(predictions))


def _forecasts(
    backends: Backends, plan: SportPlan, day: GameDay, markets: Sequence[Market], as_of: datetime | None, warm: Warm
) -> Built:
    step = forecast_step(plan)
    return timed(
        str(day),
        step.name,
        lambda: run_step(
            backends, step, plan.sport, day, lambda s: forecast_day(backends, s, plan, day, markets, as_of, warm=warm)
        ),
    )


def _untrained(predictions: pl.DataFrame) -> tuple[str, ...]:
    lacks_model = pl.col("reasons").list.contains(Reason.MODEL_UNAVAILABLE.value)
    return tuple(predictions.filter(lacks_model)["market"].unique().sort().to_list())


def published(backends: Backends, sport: Sport, day: GameDay) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return predictions and decisions of the current slate; empty frames when nothing is published."""
    return _published(backends, sport, day, PREDICTIONS.schema.names(), DECISIONS.schema.names(), in_order=True)


def _published(
    backends: Backends, sport: Sport, day: GameDay, told: Sequence[str], decided: Sequence[str], *, in_order: bool
) -> tuple[pl.DataFrame, pl.DataFrame]:
    current = backends.ledger.current(sport, day)
    if current is None:
        return PREDICTIONS.empty().select(told), DECISIONS.empty().select(decided)
    where = [In("game_day", (day.date,)), In("batch_id", (current.tag,))]
    read = partial(backends.warehouse.read, where=where, in_order=in_order)
    return both(lambda: read(PREDICTIONS, columns=told), lambda: read(DECISIONS, columns=decided))
