"""What a system receives and returns, and the checks that every forecast passes (DOMAIN 7)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np
import polars as pl

from propcast.core.arrays import BoolArray, FloatArray
from propcast.core.distributions import Distributions, negative_binomial
from propcast.core.implied import dispersion
from propcast.core.markets import Market
from propcast.core.reasons import Reason
from propcast.forecast.columns import floats
from propcast.forecast.systems.contributions import Terms

KEY = ("event_id", "participant_id")
UNTRAINED = "formula-1"
"""The model id of systems that are formulas; it changes when a formula does."""

_MEAN, _SILENCE = "_mean", "_silence"
_MAX_SDS_FROM_LINE = 2.5
_SUM_TOLERANCE = 1e-9


@dataclass(frozen=True)
class SlateInputs:
    """One market of one slate as of a moment.

    Attributes:
        market: what is forecast.
        features: FEATURES rows, one per event and participant, with the context columns `player_name`, `team`,
            `opponent`, `reason`, `p_plays` and `starts_at`.
        consensus: CONSENSUS_LINES rows.
        pool: earlier FEATURES rows with `actual` (the count), for systems that learn from past games.
    """

    market: Market
    features: pl.DataFrame
    consensus: pl.DataFrame
    pool: pl.DataFrame

    @cached_property
    def keys(self) -> pl.DataFrame:
        """Who the rows of the features are about."""
        return self.features.select(KEY)

    @cached_property
    def market_opinion(self) -> pl.DataFrame:
        """The consensus of each row of the features, in their order; nulls where there is none."""
        of_market = self.consensus.lazy().filter(pl.col("market") == self.market.name)
        return self.keys.lazy().join(of_market, on=KEY, how="left", maintain_order="left").collect()

    @cached_property
    def line(self) -> FloatArray:
        """The consensus line of each row of the features; NaN where there is none."""
        return floats(self.market_opinion, "line_consensus")


@dataclass(frozen=True)
class Forecasts:
    """What one system says about a slate, in the order of its features; an empty reason list is a forecast."""

    system: str
    model_id: str
    keys: pl.DataFrame
    distributions: Distributions
    reasons: list[list[str]]
    contributions: list[str | None]

    @property
    def spoken(self) -> BoolArray:
        """Where the system forecasts."""
        return np.array([not reasons for reasons in self.reasons], dtype=np.bool_)


class Speaker(Protocol):
    """Whoever signs a forecast."""

    @property
    def name(self) -> str:
        """Name of the system, part of every prediction's key."""
        ...

    @property
    def model_id(self) -> str:
        """Id of the artefact behind it, or of the formula's version."""
        ...


class System(Speaker, Protocol):
    """A way of forecasting; it abstains with a reason where it cannot, and substitutes nothing."""

    def forecast(self, inputs: SlateInputs) -> Forecasts:
        """Return a distribution or a reason for every row of the features."""
        ...


def by_formula(
    system: Speaker, inputs: SlateInputs, rows: pl.DataFrame, mean: pl.Expr, silence: pl.Expr, terms: Sequence[pl.Expr]
) -> Forecasts:
    """Forecast what a formula makes of each row: all its expressions are looked at in one pass.

    `silence` is the reason where nothing is said; `terms` are what the mean is made of.
    """
    said = rows.select(
        mean.cast(pl.Float64).alias(_MEAN), silence.alias(_SILENCE), *(term.cast(pl.Float64) for term in terms)
    )
    explained = Terms.of(said.drop(_MEAN, _SILENCE))
    return counted(system, inputs, floats(said, _MEAN), said[_SILENCE].to_list(), explained)


def counted(
    system: Speaker,
    inputs: SlateInputs,
    mean: FloatArray,
    silence: Sequence[str | None],
    terms: Terms,
    spread: FloatArray | None = None,
) -> Forecasts:
    """Turn means, and reasons where nothing is said, into negative binomials with the market's variance/mean, or so."""
    mu = np.where([reason is not None for reason in silence], np.nan, mean)
    ratio = dispersion(inputs.market, mu) if spread is None else spread
    reasons = [[] if reason is None else [reason] for reason in silence]
    return screened(system, inputs, negative_binomial(mu, ratio, inputs.market.max_count), reasons, terms)


def screened(
    system: Speaker, inputs: SlateInputs, distributions: Distributions, reasons: list[list[str]], terms: Terms
) -> Forecasts:
    """Silence rows without a valid distribution or with an implausible mean; the rest are forecasts."""
    silent = np.array([bool(r) for r in reasons], dtype=np.bool_)
    broken = ~silent & ~_is_valid(distributions)
    implausible = ~silent & ~broken & _is_implausible(inputs, distributions)
    final = [
        _stated(given, broken=b, implausible=i)
        for given, b, i in zip(reasons, broken.tolist(), implausible.tolist(), strict=True)
    ]
    mute = silent | broken | implausible
    return Forecasts(
        system.name,
        system.model_id,
        inputs.keys,
        _silenced(distributions, mute),
        final,
        terms.texts(~mute),
    )


def _stated(given: list[str], *, broken: bool, implausible: bool) -> list[str]:
    if broken:
        return [Reason.DISTRIBUTION_INVALID.value]
    return [Reason.IMPLAUSIBLE_MEAN.value] if implausible else given


def _is_valid(distributions: Distributions) -> BoolArray:
    total = distributions.pmf.sum(axis=1)
    valid: BoolArray = (np.abs(total - 1) <= _SUM_TOLERANCE) & (distributions.pmf >= 0).all(axis=1)
    return valid


def _is_implausible(inputs: SlateInputs, distributions: Distributions) -> BoolArray:
    """Beyond the market's highest line, or further from the consensus line than any forecast should be."""
    mean = distributions.mean
    far = np.abs(mean - inputs.line) > _MAX_SDS_FROM_LINE * distributions.sd
    outside: BoolArray = (mean <= 0) | (mean > inputs.market.line_range[1]) | far
    return outside


def _silenced(distributions: Distributions, mute: BoolArray) -> Distributions:
    pmf = np.where(mute[:, None], np.nan, distributions.pmf)
    params = tuple(None if m else p for m, p in zip(mute.tolist(), distributions.params, strict=True))
    return replace(distributions, pmf=pmf, params=params)
