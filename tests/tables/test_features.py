"""The feature contract: one ordered list per sport, hashed."""

from dataclasses import replace

import pytest

from propcast.core.reasons import NullReason
from propcast.core.sport import Sport
from propcast.tables.features import CONTRACTS, MLB_FEATURES, NBA_FEATURES, FeatureContract

BOTH = pytest.mark.parametrize("contract", CONTRACTS.values(), ids=lambda c: str(c.sport))


def test_there_is_one_contract_per_sport() -> None:
    assert {sport: len(contract.names) for sport, contract in CONTRACTS.items()} == {Sport.NBA: 65, Sport.MLB: 43}


@BOTH
def test_names_are_unique_and_limits_are_ranges(contract: FeatureContract) -> None:
    assert len(set(contract.names)) == len(contract.names)
    assert all(f.low < f.high for f in contract.features)


@BOTH
def test_core_is_the_contract_without_what_looks_at_prop_quotes(contract: FeatureContract) -> None:
    market = {"line_consensus", "p_over_devig", "line_move", "line_std_books", "margin_vs_line_l10", "implied_mean"}
    assert contract.core == tuple(name for name in contract.names if name not in market)


def test_features_that_must_vary_are_those_decided() -> None:
    varying = {c.sport: [i for i, f in enumerate(c.features, 1) if f.must_vary] for c in CONTRACTS.values()}
    assert varying == {Sport.NBA: [5, 11, 17, 33, 36, 37], Sport.MLB: [7, 13, 29]}


@BOTH
@pytest.mark.proves("L42")
def test_order_definition_and_version_change_the_hash(contract: FeatureContract) -> None:
    first, second, *rest = contract.features
    changed = [
        replace(contract, features=(second, first, *rest)),
        replace(contract, features=(replace(first, definition="another"), second, *rest)),
        replace(contract, features=(replace(first, unit="other"), second, *rest)),
        replace(contract, features=(first, second, *rest[:-1])),
        replace(contract, version=contract.version + 1),
    ]
    assert len({contract.hash, *(c.hash for c in changed)}) == 6


def test_the_two_sports_never_share_a_hash() -> None:
    assert NBA_FEATURES.hash != MLB_FEATURES.hash


@BOTH
def test_any_feature_may_be_null_in_storage(contract: FeatureContract) -> None:
    """A missing source nulls any feature, also those whose own definition is never null."""
    assert all(column.nullable for column in contract.columns())
    assert any(f.null_reason is None for f in contract.features)
    assert all(f.null_reason is None or f.null_reason in NullReason for f in contract.features)
