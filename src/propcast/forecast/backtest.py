"""A season scored walk-forward: baselines, every system and the market on the same rows (EVALUATION)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from propcast.core.errors import NotReady
from propcast.core.gameday import GameDay
from propcast.core.markets import Market
from propcast.core.sport import Sport
from propcast.forecast.artefact import pack, sha256, unpack
from propcast.forecast.baselines import baseline_rows
from propcast.forecast.market_rows import market_rows
from propcast.forecast.model import Model
from propcast.forecast.pool import POOL_DAYS
from propcast.forecast.report import RATE_FORMULA, BacktestReport, report
from propcast.forecast.scores import scored
from propcast.forecast.systems import boosted
from propcast.forecast.systems.base import KEY, SlateInputs
from propcast.forecast.systems.expectation import rate_formula, with_league
from propcast.forecast.systems.registry import forecast_all
from propcast.forecast.training import train
from propcast.tables.features import CONTRACTS


@dataclass(frozen=True)
class BacktestInputs:
    """The history of one market.

    Attributes:
        games: the player-game table (NBA: every season, because baselines cross seasons) or the pitcher-game table.
        features: FEATURES rows of who played, all seasons up to the scored one, with the context columns that a slate
            has and `actual`.
        checks: CHECK_CONSENSUS rows; the line baseline and the prices of the sources' own consensus.
        consensus: CONSENSUS_LINES of the season as of each event's moment; what `market_implied` hears.
    """

    games: pl.DataFrame
    features: pl.DataFrame
    checks: pl.DataFrame
    consensus: pl.DataFrame


def backtest(market: Market, season: str, history: BacktestInputs) -> BacktestReport:
    """Fit on the seasons before, forecast every game day of the season from earlier days alone, and score.

    Raises:
        NotReady: the season, or every season before it, is missing.
    """
    first_day = _first_day(market, season, history.features)
    model = _walk_forward_model(market, history.features, first_day)
    market_said = market_rows(market, history.checks, history.consensus)
    outcomes = baseline_rows(market, history.games, season).join(market_said, on=KEY, how="left", validate="1:1")
    if market.sport is Sport.MLB:
        outcomes = outcomes.join(_rate_formula(history.features), on=KEY, how="left", validate="1:1")
    by_system = _scored_season(market, season, history, {boosted.NAME: model}, outcomes)
    return report(market, season, model.card, outcomes, by_system)


def _rate_formula(features: pl.DataFrame) -> pl.DataFrame:
    return with_league(features, features).select(*KEY, rate_formula().alias(RATE_FORMULA))


def _first_day(market: Market, season: str, features: pl.DataFrame) -> GameDay:
    first = features.filter(pl.col("season") == season)["game_day"].min()
    if not isinstance(first, date):
        raise NotReady(f"no features of {market.name} for season {season}; import it, or name a season that is there")
    return GameDay(first)


def _walk_forward_model(market: Market, features: pl.DataFrame, until: GameDay) -> Model:
    """Train on earlier seasons and load the artefact the way that a live system would."""
    # Packing and unpacking applies every check that a served model passes.
    packed = pack(train(market, features, until))
    return unpack(packed, sha256(packed), CONTRACTS[market.sport])


def _scored_season(
    market: Market, season: str, history: BacktestInputs, models: Mapping[str, Model], outcomes: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """Return each system's scored rows of the season."""
    parts: dict[str, list[pl.DataFrame]] = {}
    for inputs in _slates(market, season, history):
        for said in forecast_all(inputs, models):
            parts.setdefault(said.system, []).append(scored(said, outcomes, outcomes))
    return {system: pl.concat(days) for system, days in parts.items()}


def _slates(market: Market, season: str, history: BacktestInputs) -> Iterator[SlateInputs]:
    """Yield the inputs of each game day; the pool ends the day before."""
    rows = history.features.sort("game_day", *KEY)
    quotes = history.consensus.filter(pl.col("market") == market.name)
    said = {day: frame for (day,), frame in quotes.group_by("game_day")}
    for (day,), slate in rows.filter(pl.col("season") == season).group_by("game_day", maintain_order=True):
        if isinstance(day, date):
            first, end = (rows["game_day"].search_sorted(d) for d in (day - timedelta(days=POOL_DAYS), day))
            yield SlateInputs(market, slate, said.get(day, quotes.clear()), rows.slice(first, end - first))
