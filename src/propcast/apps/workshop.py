"""What a worker works with: its sport, the models in memory, and what it keeps warm between shards."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from propcast.apps import resources as shared
from propcast.apps.coordination import rules_of
from propcast.apps.resources import Resources
from propcast.backends.settings import Settings
from propcast.core.clock import Clock
from propcast.core.errors import InputError, PropCastError
from propcast.core.gameday import GameDay
from propcast.core.markets import markets_of
from propcast.core.sport import Sport
from propcast.forecast.model import Model
from propcast.pipeline.batch.rules import Rules
from propcast.pipeline.batch.warmth import Warm
from propcast.pipeline.models import load_pinned
from propcast.pipeline.registry import newest
from propcast.pipeline.what_if import Memory
from propcast.service.background import Background
from propcast.service.catalogue import Entry
from propcast.service.declaration import Environ
from propcast.service.health.body import ModelInUse
from propcast.service.push.desk import Places

REFRESH_EVERY_S = 60.0


@dataclass
class Workshop:
    """The environment of a worker.

    Attributes:
        memory: answers what-if questions.
        places: how many shards are worked on at once.
        models: those in service, by id, with the hash of their file.
    """

    resources: Resources
    sport: Sport
    alias: str
    rules: Rules
    memory: Memory
    places: Places
    warm: Warm = field(default_factory=Warm)
    models: dict[str, tuple[str, Model]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def refresh(self) -> None:
        """Load the newest models for today; what cannot be loaded is what `models:unloaded` counts."""
        backends = self.resources.backends
        today = GameDay.of_instant(backends.clock.now())
        found: dict[str, tuple[str, Model]] = {}
        for row in newest(backends, markets_of(self.sport), today).iter_rows(named=True):
            load = partial(load_pinned, backends.objects, self.sport, row["model_id"], row["object_key"], row["sha256"])
            try:
                found[row["model_id"]] = (row["sha256"], self.warm.models.get(row["sha256"], load))
            except PropCastError:
                continue
        with self._lock:
            self.models = found

    def in_service(self) -> list[Model]:
        """Return the models in memory."""
        with self._lock:
            return [model for _, model in self.models.values()]

    def in_use(self) -> list[ModelInUse]:
        """Return what a health body says of them."""
        with self._lock:
            kept = list(self.models.values())
        return [
            ModelInUse(model_id=m.card.model_id, sha256=digest, feature_hash=m.card.feature_hash, alias=self.alias)
            for digest, m in kept
        ]


def open_workshop(entry: Entry, sport: Sport, environ: Environ, clock: Clock | None = None) -> Workshop:
    """Open a worker's environment, its models loaded."""
    resources = shared.open_resources(entry, environ, clock)
    settings, backends = resources.backends.settings, resources.backends
    alias = alias_of(settings, sport)
    shop = Workshop(resources, sport, alias, rules_of(settings), Memory(backends, sport), Places(settings.threads))
    shop.refresh()
    return shop


def alias_of(settings: Settings, sport: Sport) -> str:
    """Return the alias that a worker serves with; `InputError` for one that names no models of the sport."""
    known, named = f"{sport}/champion", [alias.strip() for alias in settings.model_aliases.split(",")]
    shadows = [alias.strip() for alias in settings.shadow_aliases.split(",") if alias.strip().startswith(f"{sport}/")]
    mine = [alias for alias in named if alias.startswith(f"{sport}/")]
    if mine != [known] or shadows:
        told = ", ".join([*mine, *shadows]) or "nothing"
        raise InputError(f"the aliases of {sport} are {told}; the registry knows {known} alone, and no shadows yet")
    return known


def background(shop: Workshop) -> Sequence[Background]:
    """Send the outbox, and load models that were published since."""
    return [*shared.background(shop.resources), Background("models", REFRESH_EVERY_S, shop.refresh)]
