"""What a worker keeps between shards: the frames of a batch, and models, each loaded once."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, TypeVar

import polars as pl

from propcast.backends.objects.port import Objects
from propcast.core.errors import InputError, PropCastError
from propcast.core.sport import Sport
from propcast.forecast.model import Model
from propcast.pipeline.batch.inputs import Models, fetch
from propcast.pipeline.batch.records import Batch
from propcast.pipeline.frames import unpack
from propcast.pipeline.models import load_pinned
from propcast.pipeline.slate import Slate

T = TypeVar("T")


class Cache(Generic[T]):
    """The latest values made, by the content that they were made from."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._made: OrderedDict[str, T] = OrderedDict()

    def get(self, content: str, make: Callable[[], T]) -> T:
        """Return the value of that content, made now unless it is at hand; two threads may both make it."""
        with self._lock:
            if content in self._made:
                self._made.move_to_end(content)
                return self._made[content]
        made = make()
        with self._lock:
            self._made[content] = made
            while len(self._made) > self._most:
                self._made.popitem(last=False)
        return made


@dataclass(frozen=True)
class Warm:
    """What a worker keeps between shards, so that only the first of a batch reads anything."""

    slates: Cache[dict[str, pl.DataFrame]] = field(default_factory=lambda: Cache(3))
    pools: Cache[pl.DataFrame] = field(default_factory=lambda: Cache(2))
    models: Cache[Model] = field(default_factory=lambda: Cache(32))

    def slate(self, objects: Objects, batch: Batch) -> Slate:
        """Return the pinned slate of a batch; `InputError` when it is not there or not what was pinned."""
        inputs, pool = batch.inputs, batch.pool
        if inputs is None or pool is None:
            raise InputError(f"the inputs of batch {batch.batch_id} were in the hands of a process; start it again")
        frames = self.slates.get(inputs.sha256, lambda: unpack(fetch(objects, inputs)))
        earlier = self.pools.get(pool.sha256, lambda: pl.read_parquet(fetch(objects, pool)))
        return Slate(tuple(sorted(batch.owed)), pool=earlier, **frames)

    def load_ahead(self, objects: Objects, sport: Sport, registered: pl.DataFrame) -> None:
        """Load models while others work; one that is refused is so again, with its reason, when it is asked for."""
        for row in registered.iter_rows(named=True):
            load = partial(load_pinned, objects, sport, row["model_id"], row["object_key"], row["sha256"])
            with suppress(PropCastError):
                self.models.get(row["sha256"], load)

    def models_of(self, objects: Objects, batch: Batch) -> Models:
        """Return the pinned models by market and system; `ModelRefused` or `InputError` when one is not usable."""
        loaded: Models = {name: {} for name in batch.markets}
        for pin in batch.models:
            load = partial(load_pinned, objects, batch.sport, pin.model_id, pin.blob.key, pin.blob.sha256)
            loaded[pin.market][pin.system] = self.models.get(pin.blob.sha256, load)
        return loaded
