"""The model registry: rows in the warehouse, artefacts in the object store, loaded only when everything matches."""

from collections.abc import Sequence

import polars as pl

from propcast.backends.compose import Backends
from propcast.backends.objects.port import Objects
from propcast.core.errors import ModelRefused
from propcast.core.gameday import GameDay
from propcast.core.markets import Market
from propcast.core.sport import Sport
from propcast.forecast.artefact import Artefact, pack, registry_row, unpack
from propcast.forecast.model import Model
from propcast.pipeline.registry import newest
from propcast.pipeline.steps import StepStore
from propcast.tables.features import CONTRACTS
from propcast.tables.forecasts import MODELS


def register(backends: Backends, store: StepStore, artefact: Artefact) -> pl.DataFrame:
    """Store an artefact, then its registry row: a row never points at nothing."""
    packed = pack(artefact)
    card = artefact.card
    key = f"models/{card.sport}/{card.market}/{card.model_id}.zip"
    backends.objects.put(key, packed)
    row = registry_row(artefact, packed, key, backends.clock.now())
    store.write(MODELS, row)
    return row


def models_for(backends: Backends, markets: Sequence[Market], day: GameDay) -> dict[str, dict[str, Model]]:
    """Return, per market and system, the newest model fitted only on game days before `day`.

    A model that has seen the day, or a later one, is never used for it; without one the system abstains.

    Raises:
        ModelRefused: the artefact does not match its row, the feature contract or this environment.
    """
    chosen = newest(backends, markets, day)
    models: dict[str, dict[str, Model]] = {market.name: {} for market in markets}
    for market in markets:
        for row in chosen.filter(pl.col("market") == market.name).iter_rows(named=True):
            models[market.name][row["system"]] = load(backends, market, row)
    return models


def load(backends: Backends, market: Market, row: dict[str, str]) -> Model:
    """Load one registered artefact, checked against its row."""
    return load_pinned(backends.objects, market.sport, row["model_id"], row["object_key"], row["sha256"])


def load_pinned(objects: Objects, sport: Sport, model_id: str, object_key: str, sha256: str) -> Model:
    """Load the artefact of that hash; a file that is gone is a `ModelRefused` too."""
    if not objects.exists(object_key):
        raise ModelRefused(f"model {model_id} has no file {object_key}; put it back or train it again")
    return unpack(objects.get(object_key), sha256, CONTRACTS[sport])
