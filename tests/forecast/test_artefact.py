"""Artefacts: what was packed comes back, and nothing else is accepted."""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from propcast.core.errors import ModelRefused
from propcast.forecast.artefact import Artefact, identified, pack, registry_row, sha256, unpack
from propcast.forecast.model import Card, matrix
from propcast.tables.contract import split
from propcast.tables.features import CONTRACTS, FeatureContract
from propcast.tables.forecasts import MODELS
from tests.forecast.models import artefact, rows
from tests.forecast.slates import POINTS

CONTRACT = CONTRACTS[POINTS.sport]


def changed(**fields: Any) -> Artefact:
    """A consistent artefact (its own id and hashes agree) whose card says something else."""
    return identified(replace(artefact().card, **fields), artefact().trees)


def load(packed: bytes, contract: FeatureContract = CONTRACT) -> None:
    unpack(packed, sha256(packed), contract)


def test_a_loaded_model_is_the_packed_one() -> None:
    packed = pack(artefact())
    model = unpack(packed, sha256(packed), CONTRACT)
    assert model.card == artefact().card
    golden = np.array(model.card.golden_rows, dtype=np.float64)
    assert model.means(golden) == pytest.approx(model.card.golden_means, abs=1e-12)


def test_packing_twice_gives_the_same_bytes() -> None:
    assert pack(artefact()) == pack(artefact())


def test_its_effects_add_up_to_its_prediction() -> None:
    packed = pack(artefact())
    model = unpack(packed, sha256(packed), CONTRACT)
    values = matrix(rows(POINTS).tail(50), model.card.features)
    rest = model.means(values) - model.effects(values).sum(axis=1)
    assert rest == pytest.approx(np.full(50, rest[0]))


def test_the_registry_row_obeys_its_table() -> None:
    packed = pack(artefact())
    row = registry_row(artefact(), packed, "models/x.zip", datetime(2025, 1, 15, tzinfo=UTC))
    assert split(MODELS, row).bad.is_empty()
    assert row["sha256"].item() == sha256(packed)


@pytest.mark.proves("L43")
@pytest.mark.parametrize(("spoil", "what"), [
    pytest.param(lambda packed: packed[:-40], "sha256", id="cut short"),
    pytest.param(lambda packed: packed[:200] + b"x" + packed[201:], "sha256", id="one byte changed"),
    pytest.param(lambda packed: b"", "sha256", id="empty"),
])  # fmt: skip
def test_another_file_than_the_registrys_is_refused(spoil: Callable[[bytes], bytes], what: str) -> None:
    packed = pack(artefact())
    with pytest.raises(ModelRefused, match=what):
        unpack(spoil(packed), sha256(packed), CONTRACT)


@pytest.mark.proves("L43")
@pytest.mark.parametrize("packed", [b"", b"not a model", pack(artefact())[:-40]], ids=["empty", "text", "cut"])
def test_a_file_that_is_no_model_is_refused_even_if_registered(packed: bytes) -> None:
    with pytest.raises(ModelRefused, match="cannot be read"):
        load(packed)


@pytest.mark.proves("L42", "L43")
def test_another_feature_contract_is_refused() -> None:
    newer = FeatureContract(CONTRACT.sport, CONTRACT.version + 1, CONTRACT.features)
    with pytest.raises(ModelRefused, match="feature contract"):
        load(pack(artefact()), newer)


@pytest.mark.proves("L42")
def test_features_in_another_order_are_refused() -> None:
    with pytest.raises(ModelRefused, match="feature contract"):
        load(pack(changed(features=tuple(reversed(CONTRACT.core)))))


@pytest.mark.proves("L43")
@pytest.mark.parametrize("library", ["lightgbm", "numpy", "polars"])
def test_another_library_version_is_refused_by_name(library: str) -> None:
    libraries = {**artefact().card.libraries, library: "0.0.1"}
    with pytest.raises(ModelRefused, match=rf"{library} 0\.0\.1 \(here"):
        load(pack(changed(libraries=libraries)))


@pytest.mark.proves("L43")
def test_other_golden_predictions_are_refused() -> None:
    means = artefact().card.golden_means
    load(pack(changed(golden_means=(means[0] + 5e-7, *means[1:]))))
    with pytest.raises(ModelRefused, match="golden predictions differ"):
        load(pack(changed(golden_means=(means[0] + 2e-6, *means[1:]))))


@pytest.mark.proves("L43")
def test_a_model_without_golden_rows_is_refused() -> None:
    with pytest.raises(ModelRefused, match="no golden rows"):
        load(pack(changed(golden_rows=(), golden_means=())))


@pytest.mark.proves("L43")
def test_trees_that_are_not_the_cards_are_refused() -> None:
    with pytest.raises(ModelRefused, match="its trees"):
        load(_zipped(artefact().card, artefact().trees + " "))


def _zipped(card: Card, trees: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("card.json", json.dumps(asdict(card)))
        archive.writestr("trees.txt", trees)
    return buffer.getvalue()
