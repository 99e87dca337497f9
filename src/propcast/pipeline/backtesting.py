"""Gathers what a backtest needs from a home, or from a folder of history imported into a temporary one."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import polars as pl

from propcast.backends.compose import Backends
from propcast.backends.warehouse.port import Between, In
from propcast.core.errors import InputError
from propcast.core.gameday import season_bounds
from propcast.core.markets import Market
from propcast.core.sport import Sport
from propcast.forecast.backtest import BacktestInputs, backtest
from propcast.forecast.report import BacktestReport
from propcast.pipeline.backfill import ensure_analytics, run_lines
from propcast.pipeline.importing import import_history
from propcast.pipeline.plan import SportPlan
from propcast.pipeline.progress import Advance, silent
from propcast.pipeline.span import Span
from propcast.pipeline.sports import plan_of
from propcast.pipeline.training import ensure_training_rows, stored_seasons
from propcast.tables.analytics import EVENTS
from propcast.tables.forecasts import CONSENSUS_LINES
from propcast.tables.raw import CHECK_CONSENSUS


def run_backtest(
    open_backends: Callable[..., Backends],
    sport: Sport,
    market: Market,
    season: str,
    history: Path | None,
    advance: Advance = silent,
) -> BacktestReport:
    """Score a season walk-forward on the current home, or on `history` imported into a temporary one."""
    if market.sport is not sport:
        raise InputError(f"{market.name} is a market of {market.sport}, not of {sport}; pass --sport {market.sport}")
    if history is None:
        return backtest_home(open_backends(), market, season, advance)
    with tempfile.TemporaryDirectory(prefix="propcast-backtest-") as home:
        backends = open_backends(Path(home))
        import_history(backends.warehouse, history, backends.clock, advance)
        return backtest_home(backends, market, season, advance)


def backtest_home(backends: Backends, market: Market, season: str, advance: Advance = silent) -> BacktestReport:
    """Build what is missing in the home, then fit on earlier seasons and score this one."""
    plan = plan_of(market.sport)
    span = Span.of_season(plan.sport, season)
    seasons = stored_seasons(backends, plan, span.last.plus(1))
    advance("analytics", 0, 4)
    ensure_analytics(backends, plan, seasons)
    advance("past games", 1, 4)
    ensure_training_rows(backends, plan, market, seasons)
    advance("lines", 2, 4)
    run_lines(backends, plan, span)
    advance("forecasts", 3, 4)
    return backtest(market, season, backtest_inputs(backends, plan, market, span))


def backtest_inputs(backends: Backends, plan: SportPlan, market: Market, span: Span) -> BacktestInputs:
    """Return the history of one market up to the end of a season."""
    until = Between("game_day", None, season_bounds(span.sport, span.seasons[-1])[1].date)
    of_market = In("market", (market.name,))
    games = backends.warehouse.read(plan.results, [until])
    current = In("feature_hash", (plan.contract.hash,))
    rows = backends.warehouse.read(plan.training, [until, of_market, current])
    starts = backends.warehouse.read(EVENTS, [until], columns=["event_id", "starts_at"])
    people = games.select("event_id", "player_id", "player_name", "team", "opponent")
    features = (
        rows.join(people, on=["event_id", "player_id"], how="left", validate="m:1")
        .join(starts, on="event_id", how="left", validate="m:1")
        .with_columns(pl.lit(None, pl.String()).alias("reason"), pl.lit(None, pl.Float64()).alias("p_plays"))
    )
    return BacktestInputs(
        games=games,
        features=features,
        checks=backends.warehouse.read(CHECK_CONSENSUS, [of_market]),
        consensus=backends.warehouse.read(CONSENSUS_LINES, [In("season", span.seasons), span.days(), of_market]),
    )
