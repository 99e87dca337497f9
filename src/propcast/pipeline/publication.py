"""Brings a registered model into another environment: the same bytes, proven there, then its registry row."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import polars as pl

from propcast.backends.compose import Backends
from propcast.backends.state import audit
from propcast.backends.state.records import StepState
from propcast.backends.warehouse.port import In
from propcast.core.errors import InputError, ModelRefused, StoreConflict, did_you_mean
from propcast.core.sport import Sport
from propcast.forecast.artefact import Artefact, registry_row, sha256, unpack
from propcast.pipeline.models import load_pinned
from propcast.pipeline.steps import Step, StepResult, StepStore, run_step
from propcast.tables.features import CONTRACTS
from propcast.tables.forecasts import MODELS

PUBLISH = Step("publish_model", (MODELS,), (MODELS,))
ACTION = "publish model"
Row = dict[str, Any]


@dataclass(frozen=True)
class Published:
    """A model that is in the environment; `new` tells whether it was not before."""

    model_id: str
    sport: str
    market: str
    sha256: str
    object_key: str
    golden_rows: int
    new: bool


def publish(source: Backends, destination: Backends, model_id: str, by: str) -> Published:
    """Copy a model's artefact, verify it where it is now (sha256, contract, libraries, golden rows), then register it.

    Publishing again changes nothing. The row comes last, so that it never points at what was not proven.

    Raises:
        InputError: no such model is registered.
        ModelRefused: the artefact is not what its row says, or the environment has another under its name.
    """
    row = _registered(source, model_id)
    packed = _proven(source, row)
    known = _known(destination, model_id)
    _require_same(known, row)
    detail = {"sha256": row["sha256"], "object_key": row["object_key"]}
    audit.append(destination.state, actor=by, action=ACTION, target=model_id, detail=detail)
    _copy(destination, row, packed)
    sport = Sport(row["sport"])
    there = load_pinned(destination.objects, sport, model_id, row["object_key"], row["sha256"])
    if known.is_empty():
        run_step(destination, PUBLISH, sport, None, partial(_register, MODELS.conform(pl.DataFrame([row]))))
    shown = {name: row[name] for name in ("model_id", "sport", "market", "sha256", "object_key")}
    return Published(**shown, golden_rows=len(there.card.golden_rows), new=known.is_empty())


def _registered(source: Backends, model_id: str) -> Row:
    found = _known(source, model_id)
    if found.is_empty():
        known = source.warehouse.read(MODELS)["model_id"].to_list()
        hint = did_you_mean(model_id, known) if known else "; none is, train one first"
        raise InputError(f"no model {model_id!r} is registered here{hint}")
    return found.row(0, named=True)


def _known(backends: Backends, model_id: str) -> pl.DataFrame:
    return backends.warehouse.read(MODELS, [In("model_id", (model_id,))]).select(*MODELS.schema)


def _proven(source: Backends, row: Row) -> bytes:
    """Return the artefact of a row, which must say of itself what the row says."""
    model_id, key = row["model_id"], row["object_key"]
    if not source.objects.exists(key):
        raise ModelRefused(f"model {model_id} has no file {key}; put it back or train it again")
    packed = source.objects.get(key)
    card = unpack(packed, row["sha256"], CONTRACTS[Sport(row["sport"])]).card
    said = registry_row(Artefact(card, ""), packed, key, row["trained_at"]).row(0, named=True)
    other = [name for name in said if said[name] != row[name]]
    if other:
        raise ModelRefused(f"model {model_id}: its file says another {', '.join(other)} than its row; train it again")
    return packed


def _require_same(known: pl.DataFrame, row: Row) -> None:
    if not known.is_empty() and known.row(0, named=True) != row:
        raise ModelRefused(f"the environment has another row of model {row['model_id']}; train this one again")


def _copy(destination: Backends, row: Row, packed: bytes) -> None:
    try:
        stored = destination.objects.put(row["object_key"], packed)
    except StoreConflict as error:
        raise ModelRefused(
            f"the environment has another file under {row['object_key']}: it was cut short or changed. Remove it, "
            "then publish again"
        ) from error
    if stored != sha256(packed):
        raise ModelRefused(f"the environment stored {row['object_key']} as {stored[:12]}…; look at its object store")


def _register(row: pl.DataFrame, store: StepStore) -> StepResult:
    store.write(MODELS, row)
    return StepResult(StepState.DONE, "", {"models": 1})
