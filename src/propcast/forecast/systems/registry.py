"""Every system in one place: adding one is adding one line to `UNTRAINED` or `TRAINED`."""

from collections.abc import Callable, Mapping
from functools import partial

from propcast.core.markets import Market
from propcast.core.sport import Sport
from propcast.core.together import together
from propcast.forecast.model import Model
from propcast.forecast.systems import boosted, ensemble
from propcast.forecast.systems.base import Forecasts, SlateInputs, System
from propcast.forecast.systems.boosted import Boosted
from propcast.forecast.systems.lineup_bottom_up import LineupBottomUp
from propcast.forecast.systems.market_implied import MarketImplied
from propcast.forecast.systems.moving_average import MovingAverage
from propcast.forecast.systems.similarity import Similarity
from propcast.forecast.systems.zone_matchup import ZoneMatchup

Models = Mapping[str, Model]
"""Loaded models of one market, by the name of their system."""


Serves = Callable[[Market], bool]
"""Tells whether a system forecasts a market, from its declaration alone: a new market needs no line here."""


def _any(_: Market) -> bool:
    return True


UNTRAINED: tuple[tuple[System, Serves], ...] = (
    (MovingAverage(), _any),
    (ZoneMatchup(), lambda market: market.has_zones),
    (LineupBottomUp(), lambda market: market.sport is Sport.MLB),
    (Similarity(), _any),
    (MarketImplied(), _any),
)
TRAINED: tuple[tuple[str, Callable[[Model | None], System], Serves], ...] = ((boosted.NAME, Boosted, _any),)


def systems_for(market: Market, models: Models) -> tuple[System, ...]:
    """Return the systems that forecast the market, the ensemble's possible members."""
    formulas = [system for system, serves in UNTRAINED if serves(market)]
    return (*formulas, *(make(models.get(name)) for name, make, serves in TRAINED if serves(market)))


def system_names(market: Market) -> tuple[str, ...]:
    """Return the names of all that forecast the market, the ensemble last."""
    return (*(system.name for system in systems_for(market, {})), ensemble.NAME)


def forecast_all(inputs: SlateInputs, models: Models, weights: Mapping[str, float] | None = None) -> list[Forecasts]:
    """Return the forecasts of every system and, last, of their ensemble."""
    members = together(partial(system.forecast, inputs) for system in systems_for(inputs.market, models))
    return [*members, ensemble.ensemble(members, inputs, weights)]
