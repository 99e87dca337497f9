"""The model file: a ZIP of a card (JSON) and native trees (text); nothing in it is executed when it is read."""

import hashlib
import io
import json
import platform
import zipfile
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from importlib.metadata import version
from typing import Any

import numpy as np
import polars as pl

from propcast.core.archive import zipped
from propcast.core.errors import ModelRefused
from propcast.forecast.boosting import lightgbm
from propcast.forecast.model import Card, Model, predicted
from propcast.tables.features import FeatureContract
from propcast.tables.forecasts import MODELS

LIBRARIES = ("lightgbm", "numpy", "polars")
GOLDEN_TOLERANCE = 1e-6

_CARD, _TREES = "card.json", "trees.txt"


@dataclass(frozen=True)
class Artefact:
    """A trained model on its way to the store."""

    card: Card
    trees: str


def identified(card: Card, trees: str) -> Artefact:
    """Return the artefact with its model id: system, market and a hash of all that it is."""
    sealed = replace(card, model_id="", trees_sha256=sha256(trees.encode()))
    digest = sha256(_card_text(sealed).encode())[:12]
    return Artefact(replace(sealed, model_id=f"{card.system}-{card.market}-{digest}"), trees)


def library_versions() -> dict[str, str]:
    """Return the versions that decide what trees predict."""
    return {name: version(name) for name in LIBRARIES}


def pack(artefact: Artefact) -> bytes:
    """Return the file's bytes; the same artefact always gives the same bytes."""
    files = {_CARD: _card_text(artefact.card).encode(), _TREES: artefact.trees.encode()}
    return zipped(files, zipfile.ZIP_DEFLATED)


def sha256(content: bytes) -> str:
    """Return the hash by which the registry knows a file, and a card its trees."""
    return hashlib.sha256(content).hexdigest()


def registry_row(artefact: Artefact, packed: bytes, object_key: str, trained_at: datetime) -> pl.DataFrame:
    """Return the row of MODELS for a packed artefact stored at `object_key`."""
    card = artefact.card
    golden = json.dumps([card.golden_rows, card.golden_means])
    row = {
        **{
            name: getattr(card, name) for name in ("model_id", "sport", "market", "system", "feature_hash", "data_hash")
        },
        "sha256": sha256(packed),
        "train_from": datetime.fromisoformat(card.train_from).date(),
        "train_until": datetime.fromisoformat(card.train_until).date(),
        "n_rows": card.n_rows,
        "library_versions": json.dumps(card.libraries, sort_keys=True),
        "golden_sha256": sha256(golden.encode()),
        "object_key": object_key,
        "trained_at": trained_at,
    }
    return MODELS.conform(pl.DataFrame([row]))


def unpack(packed: bytes, expected_sha256: str, contract: FeatureContract) -> Model:
    """Return the model, or raise `ModelRefused`: another file, contract or library version, or other predictions."""
    model = unpacked(packed, expected_sha256, contract)
    _check_golden(model)
    return model


def unpacked(packed: bytes, expected_sha256: str, contract: FeatureContract) -> Model:
    """Return the model as `unpack` does, its golden predictions unasked: for whoever measures them."""
    found = sha256(packed)
    if found != expected_sha256:
        raise ModelRefused(
            f"the model file has sha256 {found[:12]}…, the registry says {expected_sha256[:12]}…: it was cut short, "
            "changed or belongs to another model. Restore it from the object store or train again."
        )
    card, trees = _read(packed)
    _check_trees(card, trees)
    _check_contract(card, contract)
    _check_libraries(card)
    return Model(card, _booster(trees))


def card_of(packed: bytes) -> Card:
    """Return the card of a model file; `ModelRefused` when it cannot be read."""
    return _read(packed)[0]


def golden_difference(model: Model) -> float:
    """Return by how much its golden predictions differ at most; infinite when it has none or they are no numbers."""
    rows = np.array(model.card.golden_rows, dtype=np.float64)
    gaps = np.abs(predicted(model.booster, rows) - np.array(model.card.golden_means))
    return float(gaps.max()) if len(gaps) and np.isfinite(gaps).all() else float("inf")


def _read(packed: bytes) -> tuple[Card, str]:
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            fields: dict[str, Any] = json.loads(archive.read(_CARD))
            trees = archive.read(_TREES).decode()
        return _card(fields), trees
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError) as error:
        raise ModelRefused(f"the model file cannot be read ({error}); train again") from error


def _card(fields: dict[str, Any]) -> Card:
    for name in ("features", "golden_means"):
        fields[name] = tuple(fields[name])
    for name in ("dispersion", "golden_rows"):
        fields[name] = tuple(tuple(row) for row in fields[name])
    return Card(**fields)


def _check_trees(card: Card, trees: str) -> None:
    found = sha256(trees.encode())
    if found != card.trees_sha256:
        raise ModelRefused(
            f"model {card.model_id}: its trees have sha256 {found[:12]}…, its card says {card.trees_sha256[:12]}…; "
            "restore the file from the object store or train again"
        )


def _check_contract(card: Card, contract: FeatureContract) -> None:
    if card.feature_hash != contract.hash or card.features != contract.core:
        raise ModelRefused(
            f"model {card.model_id} was trained on feature contract {card.feature_hash}, this code builds "
            f"{contract.hash}; train it again on today's features"
        )


def _check_libraries(card: Card) -> None:
    here = library_versions()
    other = [
        f"{name} {card.libraries.get(name, 'unknown')} (here {here[name]})"
        for name in LIBRARIES
        if card.libraries.get(name) != here[name]
    ]
    if other:
        raise ModelRefused(
            f"model {card.model_id} was trained with {', '.join(other)}; install those versions or train it again"
        )


def _check_golden(model: Model) -> None:
    difference = golden_difference(model)
    if not difference <= GOLDEN_TOLERANCE:
        worst = f"by {difference:.2g}" if model.card.golden_rows else "(it has no golden rows)"
        raise ModelRefused(
            f"model {model.card.model_id}: its golden predictions differ {worst} on this machine "
            f"({platform.machine()}); train it again here"
        )


def _booster(trees: str) -> Any:
    return lightgbm().Booster(model_str=trees)


def _card_text(card: Card) -> str:
    return json.dumps(asdict(card), sort_keys=True)
