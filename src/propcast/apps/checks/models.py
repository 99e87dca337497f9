"""Models: what is in service is what is on record, and it still gives its golden predictions."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from propcast.backends.compose import Backends
from propcast.core.gameday import GameDay
from propcast.core.markets import markets_of
from propcast.core.sport import Sport
from propcast.forecast.artefact import card_of, golden_difference, library_versions, sha256, unpacked
from propcast.forecast.model import Model
from propcast.pipeline.registry import newest
from propcast.service.health.checks import Observe, Observed
from propcast.tables.features import CONTRACTS

Row = Mapping[str, Any]
InService = Callable[[], Sequence[Model]]


def of_models(backends: Backends, sport: Sport, in_service: InService) -> dict[str, Observe]:
    """Return the observations of a service that has models in memory, by the keys of their checks."""
    return {
        "models:unloaded": unloaded(backends, sport),
        "models:golden_difference": golden(backends, sport, in_service),
    }


def unloaded(backends: Backends, sport: Sport) -> Observe:
    """Return an observation that counts models whose artefact is not what the registry says."""

    def observe() -> Observed:
        wrong = [told for row in _rows(backends, sport) if (told := _fault(backends, row))]
        return Observed(len(wrong), sentence="; ".join(wrong))

    return observe


def golden(backends: Backends, sport: Sport, in_service: InService) -> Observe:
    """Return an observation of the largest golden difference, of each artefact loaded anew and its copy in service.

    What cannot be loaded is what `models:unloaded` and `features:contract_mismatches` count.
    """

    def observe() -> Observed:
        serving = {model.card.model_id: model for model in in_service()}
        gaps = {row["model_id"]: _gap(backends, sport, row, serving) for row in _rows(backends, sport)}
        worst = max(gaps, key=lambda model_id: gaps[model_id], default=None)
        if worst is None:
            return Observed(0.0)
        return Observed(gaps[worst], sentence=f"the largest difference is that of {worst}.")

    return observe


def _rows(backends: Backends, sport: Sport) -> list[Row]:
    return list(newest(backends, markets_of(sport), GameDay.of_instant(backends.clock.now())).iter_rows(named=True))


def _fault(backends: Backends, row: Row) -> str:
    model_id, key = row["model_id"], row["object_key"]
    if not backends.objects.exists(key):
        return f"{model_id} has no file"
    packed = backends.objects.get(key)
    if sha256(packed) != row["sha256"]:
        return f"the file of {model_id} is not the one on record"
    card, recorded, here = card_of(packed), json.loads(row["library_versions"]), library_versions()
    if (card.model_id, card.feature_hash) != (model_id, row["feature_hash"]):
        return f"the file of {model_id} says that it is another model"
    other = [f"{name} {recorded.get(name)} (here {here[name]})" for name in here if recorded.get(name) != here[name]]
    return f"{model_id} was trained with {', '.join(other)}" if other else ""


def _gap(backends: Backends, sport: Sport, row: Row, serving: Mapping[str, Model]) -> float:
    if _fault(backends, row) or row["feature_hash"] != CONTRACTS[sport].hash:
        return 0.0
    anew = unpacked(backends.objects.get(row["object_key"]), row["sha256"], CONTRACTS[sport])
    copies = [anew, *(serving[model_id] for model_id in [row["model_id"]] if model_id in serving)]
    return max(golden_difference(model) for model in copies)
