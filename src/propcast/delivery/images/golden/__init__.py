"""A tiny model of each family, with predictions that are known: it must load and say them again, wherever it is."""

from importlib import resources

from propcast.core.sport import Sport
from propcast.forecast.artefact import unpack
from propcast.forecast.model import Model
from propcast.tables.features import Feature, FeatureContract

FAMILIES = ("lightgbm",)
CONTRACT = FeatureContract(
    Sport.NBA,
    1,
    tuple(Feature(name, "made up", "1", 0.0, 40.0) for name in ("minutes_projected", "stat_mean", "rest_days")),
)
"""Of its own, so that no change of the real one makes the tiny models stale."""


def reproduced(family: str) -> Model:
    """Return the tiny model of a family; `ModelRefused` when versions, bytes or predictions are not those on record."""
    folder = resources.files(__package__)
    sha256 = folder.joinpath(f"{family}.sha256").read_text(encoding="ascii").strip()
    return unpack(folder.joinpath(f"{family}.zip").read_bytes(), sha256, CONTRACT)
