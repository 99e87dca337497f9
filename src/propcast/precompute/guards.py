"""Guards on a build of features: what a slate may not look like (DOMAIN 6, DECISIONS 15)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import polars as pl

from propcast.core.errors import ContractViolation
from propcast.tables.contract import Split, separate
from propcast.tables.features import Feature, FeatureContract

SLATE_ROWS = 40
"""Smallest slate on which a constant or an excess of nulls means something."""

NULL_RATE_DAYS, NULL_RATE_FACTOR = 10, 3.0
_SLATE = ("market", "game_day")
_NULL_RATE_SLACK = 0.15  # a trade deadline moves one rate by 10 points


@dataclass(frozen=True)
class CheckedSlate:
    """Feature rows that passed.

    Attributes:
        good: rows to write.
        bad: rows with a value out of range and their `violations`; their participants abstain `FEATURE_OUT_OF_RANGE`.
        warnings: what is odd and does not stop the build.
    """

    good: pl.DataFrame
    bad: pl.DataFrame
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Findings:
    """What is wrong with one slate: `failures` stop the build, `warnings` do not."""

    failures: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def check_slate(contract: FeatureContract, features: pl.DataFrame, earlier: pl.DataFrame | None = None) -> CheckedSlate:
    """Separate rows out of range, and judge every slate (market and game day) of the rest.

    `earlier` holds this season's stored rows of the last 30 days; without it null rates are not judged.

    Raises:
        ContractViolation: a feature that must vary is constant, or nulls have multiplied; all failures in one message.
    """
    parts = split_by_range(contract, features)
    found = [check_variance(contract, parts.good)]
    if earlier is not None:
        found += [check_null_rates(contract, slate, earlier) for slate in _slates(parts.good)]
    failures = sorted({text for finding in found for text in finding.failures})
    if failures:
        raise ContractViolation(f"features were not written: {'; '.join(failures)}. Check the inputs of that day.")
    return CheckedSlate(parts.good, parts.bad, tuple(sorted({text for finding in found for text in finding.warnings})))


def split_by_range(contract: FeatureContract, features: pl.DataFrame) -> Split:
    """Separate rows with a value outside its plausible range; the others go on."""
    inside = {_out_of_range(f): pl.col(f.name).is_between(f.low, f.high).fill_null(True) for f in contract.features}
    return separate(features, inside)


def check_variance(contract: FeatureContract, features: pl.DataFrame) -> Findings:
    """Find features with one value over a whole slate (market and game day): failures where they must vary.

    All null is not constant: a source is missing, which the null rates tell. Others than those that must vary warn.
    """
    distinct = pl.col(contract.names).drop_nulls().n_unique()
    slates = features.group_by(_SLATE).agg(pl.len().alias("rows"), distinct).filter(pl.col("rows") >= SLATE_ROWS)
    constant = slates.unpivot(contract.names, index=[*_SLATE, "rows"], variable_name="feature", value_name="values")
    must_vary = {feature.name for feature in contract.features if feature.must_vary}
    texts: dict[bool, list[str]] = {True: [], False: []}
    for row in constant.filter(pl.col("values") == 1).sort("feature", *_SLATE).iter_rows(named=True):
        where = _where(row["rows"], row["market"], row["game_day"])
        texts[row["feature"] in must_vary].append(f"{row['feature']} is constant {where}")
    return Findings(tuple(texts[True]), tuple(texts[False]))


def check_null_rates(contract: FeatureContract, slate: pl.DataFrame, earlier: pl.DataFrame) -> Findings:
    """Find features whose null rate is over three times its mean per game day of the earlier rows.

    `earlier` may hold other markets and later days; under ten game days nothing is judged. Nulls of market-aware
    features are absent quotes, which have reasons of their own: they warn.
    """
    earlier = earlier.filter(pl.col("market") == slate["market"][0], pl.col("game_day") < slate["game_day"][0])
    if slate.height < SLATE_ROWS or earlier["game_day"].n_unique() < NULL_RATE_DAYS:
        return Findings()
    shares = pl.col(contract.names).is_null().mean()
    usual = earlier.group_by("game_day").agg(shares).select(pl.col(contract.names).mean()).row(0, named=True)
    today = slate.select(shares).row(0, named=True)
    high = [f for f in contract.features if _is_excessive(today[f.name], usual[f.name])]
    said = {f: f"is null in {today[f.name]:.0%} of rows, usually {usual[f.name]:.0%}," for f in high}
    return _findings(slate, said, lambda f: not f.market_aware)


def _findings(slate: pl.DataFrame, said: dict[Feature, str], is_failure: Callable[[Feature], bool]) -> Findings:
    where = _where(slate.height, slate["market"][0], slate["game_day"][0])
    texts = {feature: f"{feature.name} {text} {where}" for feature, text in said.items()}
    return Findings(
        tuple(text for feature, text in texts.items() if is_failure(feature)),
        tuple(text for feature, text in texts.items() if not is_failure(feature)),
    )


def _where(rows: int, market: str, game_day: object) -> str:
    return f"over {rows} rows of {market} on {game_day}"


def _slates(features: pl.DataFrame) -> Iterator[pl.DataFrame]:
    yield from features.partition_by(_SLATE)


def _out_of_range(feature: Feature) -> str:
    return f"{feature.name} is outside {feature.low:g}…{feature.high:g} {feature.unit}"


def _is_excessive(today: float, usual: float) -> bool:
    return today > NULL_RATE_FACTOR * usual and today - usual > _NULL_RATE_SLACK
