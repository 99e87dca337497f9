"""Guards on a build of features: what a slate may not look like (DOMAIN 6, DECISIONS 15)."""

from dataclasses import dataclass

import polars as pl

from propcast.core.errors import ContractViolation
from propcast.core.reasons import Reason
from propcast.tables.contract import VIOLATIONS
from propcast.tables.features import Feature, FeatureContract

SLATE_ROWS = 40
"""Smallest slate on which a constant or an excess of nulls means something."""

NULL_RATE_DAYS, NULL_RATE_FACTOR = 10, 3.0
_NULL_RATE_SLACK = 0.15  # a trade deadline moves one rate by 10 points


@dataclass(frozen=True)
class Ranged:
    """Feature rows in two parts: `good` ones, and `flagged` ones whose participants abstain.

    `flagged` has the feature columns plus `violations` and `reason` = `FEATURE_OUT_OF_RANGE`.
    """

    good: pl.DataFrame
    flagged: pl.DataFrame


@dataclass(frozen=True)
class SlateReport:
    """What is wrong with a slate: `failures` stop the build, `warnings` do not."""

    failures: tuple[str, ...]
    warnings: tuple[str, ...]

    def require(self) -> None:
        """Raise `ContractViolation` with every failure in one message, if there are any."""
        if self.failures:
            raise ContractViolation(f"features were not written: {'; '.join(self.failures)}. Check the inputs.")


def split_by_range(contract: FeatureContract, features: pl.DataFrame) -> Ranged:
    """Separate rows with a value outside its plausible range; those participants abstain, the others go on."""
    rules = [(f.name, pl.col(f.name).is_between(f.low, f.high)) for f in contract.features]
    bounds = {f.name: f"{f.name} is outside {f.low:g}…{f.high:g} {f.unit}" for f in contract.features}
    messages = [pl.when(~holds).then(pl.lit(bounds[name])) for name, holds in rules]
    found = features.select(pl.concat_list(messages).list.drop_nulls().alias(VIOLATIONS))[VIOLATIONS]
    is_bad = found.list.len() > 0
    flagged = features.with_columns(found, pl.lit(Reason.FEATURE_OUT_OF_RANGE.value).alias("reason")).filter(is_bad)
    return Ranged(features.filter(~is_bad), flagged)


def check_variance(contract: FeatureContract, slate: pl.DataFrame) -> SlateReport:
    """Report features that are constant over one slate of one market: failures where they must vary, else warnings."""
    if slate.height < SLATE_ROWS:
        return SlateReport((), ())
    constant = [f for f in contract.features if slate[f.name].drop_nulls().n_unique() <= 1 and _has_values(f, slate)]
    said = {f.name: f"{f.name} is constant over {slate.height} rows" for f in constant}
    return SlateReport(
        tuple(said[f.name] for f in constant if f.must_vary),
        tuple(said[f.name] for f in constant if not f.must_vary),
    )


def _has_values(feature: Feature, slate: pl.DataFrame) -> bool:
    """A feature without any value has no source, which only those that must vary may not lack."""
    return feature.must_vary or slate[feature.name].null_count() < slate.height


def check_null_rates(contract: FeatureContract, slate: pl.DataFrame, earlier: pl.DataFrame) -> SlateReport:
    """Report features whose null rate is over three times its mean per game day of the earlier rows.

    `earlier` holds this season's rows of the last 30 days; under ten game days nothing is judged. Nulls of market-aware
    features are absent quotes, which have their own reasons: they warn.
    """
    days = earlier["game_day"].n_unique()
    if slate.height < SLATE_ROWS or days < NULL_RATE_DAYS:
        return SlateReport((), ())
    shares = pl.col(contract.names).is_null().mean()
    usual = earlier.group_by("game_day").agg(shares).select(pl.col(contract.names).mean()).row(0, named=True)
    today = slate.select(shares).row(0, named=True)
    high = [f for f in contract.features if _is_excessive(today[f.name], usual[f.name])]
    said = {f.name: f"{f.name} is null in {today[f.name]:.0%} of rows, usually {usual[f.name]:.0%}" for f in high}
    return SlateReport(
        tuple(said[f.name] for f in high if not f.market_aware), tuple(said[f.name] for f in high if f.market_aware)
    )


def _is_excessive(today: float, usual: float) -> bool:
    return today > NULL_RATE_FACTOR * usual and today - usual > _NULL_RATE_SLACK
