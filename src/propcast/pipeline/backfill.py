"""Makes sure that what a day stands on is built: analytics, line book, training rows — and whole spans on request."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import polars as pl

from propcast.backends.compose import Backends
from propcast.backends.state.records import StepState
from propcast.backends.warehouse.accounts import for_step
from propcast.backends.warehouse.port import Between, Condition, In, Stamp
from propcast.core.gameday import GameDay, previous_season, season_bounds, with_previous
from propcast.core.identity import short_hash
from propcast.core.markets import Market, markets_of
from propcast.core.together import both, together
from propcast.forecast.pool import POOL_DAYS
from propcast.pipeline.analytics import analytics_step, build_analytics
from propcast.pipeline.linebook import Offers, build_line_book, line_book_step, polled_days, read_offers
from propcast.pipeline.plan import SportPlan
from propcast.pipeline.precompute import (
    build_features,
    build_profiles,
    build_training_rows,
    precompute_step,
    profiles_step,
    training_step,
)
from propcast.pipeline.progress import Advance, silent
from propcast.pipeline.span import Span
from propcast.pipeline.sports import plan_of
from propcast.pipeline.steps import Step, StepResult, StepStore, run_step
from propcast.tables.analytics import EVENTS
from propcast.tables.forecasts import CONSENSUS_LINES
from propcast.tables.raw import RAW_QUOTE_POLLS

BUILDER = "analytics-3"
"""Changes when the code of an analytics builder changes what it computes; then every season is built again."""

SEASONS_AT_ONCE = 3
"""Seasons that a backfill builds together: looking back is shared, and memory stays under a gigabyte."""


@dataclass(frozen=True)
class Built:
    """What became of one step over a span."""

    span: str
    step: str
    result: StepResult
    seconds: float


@dataclass(frozen=True)
class BackfillReport:
    """Every step of a backfill, in order."""

    built: tuple[Built, ...]

    def table(self) -> pl.DataFrame:
        """Return one row per step."""
        return built_table(self.built)

    def notes(self) -> list[str]:
        """Return what steps had to say."""
        return built_notes(self.built)


def built_table(built: Sequence[Built]) -> pl.DataFrame:
    """Return one row per step: span, state, rows, how many were new, round trips, seconds, note."""
    rows = [
        (
            *(b.span, b.step, str(b.result.state), sum(b.result.rows.values()), b.result.new),
            *(b.result.round_trips, b.seconds, b.result.reason),
        )
        for b in built
    ]
    kinds = {"span": pl.String, "step": pl.String, "state": pl.String, "rows": pl.Int64, "new": pl.Int64}
    kinds |= {"trips": pl.Int64, "seconds": pl.Float64, "note": pl.String}
    return pl.DataFrame(rows, schema=kinds, orient="row")


def built_notes(built: Sequence[Built]) -> list[str]:
    """Return one line per step that had something to say."""
    return [f"{b.step} {b.span}: {b.result.reason}" for b in built if b.result.reason]


def backfill(
    backends: Backends, span: Span, advance: Advance = silent, markets: Sequence[Market] | None = None
) -> BackfillReport:
    """Build all that is derived from raw tables, for every game day of a span; what stands is not written again."""
    plan = plan_of(span.sport)
    chosen = tuple(markets or markets_of(span.sport))
    parts = [span.within(*seasons) for seasons in batched(span.seasons, SEASONS_AT_ONCE)]
    advance("analytics", 0, len(parts) + 1)
    analytics, first = both(
        lambda: ensure_analytics(backends, plan, looked_at(plan, span.seasons)),
        lambda: _offers(backends, plan, parts[0]),
    )
    built = [analytics]
    for done, part in enumerate(parts, start=1):
        advance(f"features {_named(part.seasons)}", done, len(parts) + 1)
        built.append(run_features(backends, plan, part, chosen, first if done == 1 else None))
        built.append(run_training_rows(backends, plan, part, chosen))
        built.append(_run(backends, plan, profiles_step(plan), part, partial(build_profiles, plan=plan, span=part)))
    advance("done", len(parts) + 1, len(parts) + 1)
    return BackfillReport(tuple(built))


def batched(seasons: Sequence[str], size: int) -> list[Sequence[str]]:
    """Return the seasons in groups of at most `size`."""
    return [seasons[start : start + size] for start in range(0, len(seasons), size)]


def looked_at(plan: SportPlan, seasons: Sequence[str]) -> tuple[str, ...]:
    """Return the seasons with those before them that their features look back to, oldest first."""
    earlier = [previous_season(seasons[0], back) for back in range(plan.history_seasons, 0, -1)]
    return (*earlier, *seasons)


def ensure_analytics(backends: Backends, plan: SportPlan, seasons: Sequence[str]) -> Built:
    """Build the analytics of those seasons whose raw content differs from what the last build read.

    Store versions tell quickly that nothing was written since by this builder; content hashes decide what to build
    again.
    """
    step, span = analytics_step(plan), _named(seasons)
    known = _last_inputs(backends, plan, step)
    versions = {f"version:{table.name}": str(backends.warehouse.version(table)) for table in step.reads}
    versions["builder"] = BUILDER
    nothing_new = versions.items() <= known.items()
    unsure = [season for season in seasons if not (nothing_new and season in known)]
    unchanged = Built(span, step.name, StepResult(StepState.DONE, "unchanged"), 0.0)
    if not unsure:
        return unchanged
    hashes = _contents(backends, step, unsure)
    stale = tuple(season for season, found in hashes.items() if known.get(season) != found)

    def work(store: StepStore) -> StepResult:
        return build_analytics(store, plan, stale) if stale else unchanged.result

    inputs = {**known, **versions, **hashes}
    return timed(span, step.name, lambda: run_step(backends, step, plan.sport, None, work, inputs))


def ensure_history(backends: Backends, plan: SportPlan, day: GameDay, markets: Sequence[Market]) -> list[Built]:
    """Build the line book and training rows of those earlier game days that a day looks at and that lack them."""
    unlined, unlearnt = both(
        lambda: _days_without_lines(backends, plan, day), lambda: _days_without_rows(backends, plan, day, markets)
    )
    lines = [run_lines(backends, plan, span) for span in unlined]
    return lines + [run_training_rows(backends, plan, span, markets) for span in unlearnt]


def run_lines(backends: Backends, plan: SportPlan, span: Span) -> Built:
    """Store consensus and closes of a span."""
    return _run(backends, plan, line_book_step(plan), span, lambda store: build_line_book(store, span))


def run_features(
    backends: Backends, plan: SportPlan, span: Span, markets: Sequence[Market], offers: Offers | None = None
) -> Built:
    """Build the slate features of a span; `offers` are its own, read before."""

    def work(store: StepStore) -> StepResult:
        return build_features(store, plan, span, markets, offers=offers)

    return _run(backends, plan, precompute_step(plan), span, work)


def _offers(backends: Backends, plan: SportPlan, span: Span) -> Offers:
    """Read ahead, beside analytics, what the features of a span need of the market: hundreds of files of a day each."""
    step = precompute_step(plan)
    store = StepStore(for_step(backends.warehouse, step.name), step, Stamp("ahead", backends.clock.now()))
    return read_offers(store, span)


def run_training_rows(backends: Backends, plan: SportPlan, span: Span, markets: Sequence[Market]) -> Built:
    """Keep past games of a span as training rows."""
    return _run(
        backends, plan, training_step(plan), span, lambda store: build_training_rows(store, plan, span, markets)
    )


def timed(span: str, step: str, run: Callable[[], StepResult]) -> Built:
    """Run a step and measure it."""
    started = time.perf_counter()
    result = run()
    return Built(span, step, result, time.perf_counter() - started)


def _run(backends: Backends, plan: SportPlan, step: Step, span: Span, work: Callable[[StepStore], StepResult]) -> Built:
    name = str(span.first) if span.first == span.last else f"{span.first} … {span.last}"
    return timed(name, step.name, lambda: run_step(backends, step, plan.sport, None, work))


def _days_without_lines(backends: Backends, plan: SportPlan, day: GameDay) -> list[Span]:
    seasons = with_previous((day.season(plan.sport),))
    since = season_bounds(plan.sport, seasons[0])[0]
    where: list[Condition] = [In("sport", (plan.sport,)), Between("game_day", since.date, day.plus(-1).date)]
    in_seasons = In("season", seasons)
    events = backends.warehouse.distinct(EVENTS, ["event_id", "game_day", "starts_at"], [in_seasons, *where])
    stored = backends.warehouse.distinct(CONSENSUS_LINES, ["game_day"], [in_seasons, *where])
    without = events.join(stored, on="game_day", how="anti").drop_nulls("starts_at")
    # Polls lie in a file a day: only those of days that lack lines are opened.
    asked = [In("sport", (plan.sport,)), In("game_day", tuple(without["game_day"].unique().sort().to_list()))]
    return _spans(
        plan, polled_days(without, backends.warehouse.distinct(RAW_QUOTE_POLLS, ["event_id", "game_day"], asked))
    )


def _days_without_rows(backends: Backends, plan: SportPlan, day: GameDay, markets: Sequence[Market]) -> list[Span]:
    since = GameDay(day.date - timedelta(days=POOL_DAYS))
    in_seasons = In("season", with_previous((day.season(plan.sport),)))
    where: list[Condition] = [in_seasons, Between("game_day", since.date, day.plus(-1).date)]
    played = backends.warehouse.distinct(plan.results, ["game_day"], where)["game_day"]
    current = [*where, In("feature_hash", (plan.contract.hash,)), In("market", tuple(m.name for m in markets))]
    stored = backends.warehouse.distinct(plan.training, ["game_day", "market"], current)
    complete = stored.group_by("game_day").len().filter(pl.col("len") == len(markets))
    have = set(complete["game_day"].to_list())
    return _spans(plan, [GameDay(each) for each in played.to_list() if each not in have])


def _spans(plan: SportPlan, days: list[GameDay]) -> list[Span]:
    """Return one span per season from the first to the last of the days."""
    seasons: dict[str, list[GameDay]] = {}
    for day in days:
        seasons.setdefault(day.season(plan.sport), []).append(day)
    return [Span(plan.sport, min(found), max(found)) for found in seasons.values()]


def _contents(backends: Backends, step: Step, seasons: Sequence[str]) -> dict[str, str]:
    """Return a hash of all that a step reads, by season."""
    warehouse = for_step(backends.warehouse, step.name)
    found = list(together(partial(warehouse.content_hashes, table, "season", seasons) for table in step.reads))
    return {season: short_hash(BUILDER, *(hashes[season] for hashes in found)) for season in seasons}


def _last_inputs(backends: Backends, plan: SportPlan, step: Step) -> dict[str, str]:
    runs = backends.ledger.runs(plan.sport, step=step.name, limit=20)
    good = (StepState.DONE, StepState.DEGRADED, StepState.EMPTY_OK)
    return next((run.inputs for run in runs if run.outcome in good), {})


def _named(seasons: Sequence[str]) -> str:
    return seasons[0] if len(seasons) == 1 else f"{seasons[0]} … {seasons[-1]}"
