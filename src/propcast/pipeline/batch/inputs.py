"""What every worker of a batch reads: the frames themselves, stored once, named and checked by their content.

Pinning store versions instead would cost every worker half a dozen reads, and a promise of the warehouse that lasts a
day. Frames in the object store cost the coordinator two writes and a worker two reads, none when it is warm: the pool
of earlier games is named by its bytes alone and is the same for all batches of a day.
"""

import hashlib
import io
import threading
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, TypeVar

import polars as pl

from propcast.backends.objects.port import Objects
from propcast.core.archive import zipped
from propcast.core.errors import InputError
from propcast.forecast.model import Model
from propcast.pipeline.batch.records import Batch, Pin
from propcast.pipeline.models import load_pinned
from propcast.pipeline.slate import Slate

T = TypeVar("T")
Models = dict[str, dict[str, Model]]

FRAMES = ("contexts", "features", "consensus", "states", "lines")
PERSON = ("event_id", "participant_id")
_POOL_KEY = (*PERSON, "market")


@dataclass(frozen=True)
class Pinned:
    """Where the inputs of a batch are."""

    inputs: Pin
    pool: Pin


def store(objects: Objects, batch_id: str, slate: Slate) -> Pinned:
    """Store the frames of a slate and its pool; storing the same again writes nothing."""
    packed = pack({name: getattr(slate, name) for name in FRAMES})
    pool = parquet(slate.pool.sort(_POOL_KEY))  # whatever order it was read in, it has one name
    return Pinned(
        _put(objects, f"batches/{batch_id}/inputs/{{}}.zip", packed), _put(objects, "batches/pools/{}.parquet", pool)
    )


def pack(frames: Mapping[str, pl.DataFrame]) -> bytes:
    """Return frames as one file; the same frames always give the same bytes."""
    return zipped({name: parquet(frame) for name, frame in frames.items()})


def unpack(packed: bytes) -> dict[str, pl.DataFrame]:
    """Return the frames of `pack`."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {name: pl.read_parquet(archive.read(name)) for name in archive.namelist()}


def parquet(frame: pl.DataFrame) -> bytes:
    """Return a frame as a Parquet file."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="lz4", statistics=False)
    return buffer.getvalue()


def fetch(objects: Objects, pin: Pin) -> bytes:
    """Return a pinned blob; `InputError` when its bytes are not those that were pinned."""
    found = objects.get(pin.key)
    digest = hashlib.sha256(found).hexdigest()
    if digest != pin.sha256:
        raise InputError(f"{pin.key} has sha256 {digest[:12]}…, {pin.sha256[:12]}… was pinned; it was changed or cut")
    return found


def of_people(slate: Slate, people: pl.DataFrame) -> Slate:
    """Return what a slate knows about some people (event_id, participant_id); the pool stays whole."""
    by_subject = people.rename({"participant_id": "subject"})

    def kept(frame: pl.DataFrame) -> pl.DataFrame:
        who = people if "participant_id" in frame.columns else by_subject
        return frame.join(who, on=who.columns, how="semi", maintain_order="left")

    return Slate(slate.events, pool=slate.pool, **{name: kept(getattr(slate, name)) for name in FRAMES})


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

    def models_of(self, objects: Objects, batch: Batch) -> Models:
        """Return the pinned models by market and system; `ModelRefused` or `InputError` when one is not usable."""
        loaded: Models = {name: {} for name in batch.markets}
        for pin in batch.models:
            load = partial(load_pinned, objects, batch.sport, pin.model_id, pin.blob.key, pin.blob.sha256)
            loaded[pin.market][pin.system] = self.models.get(pin.blob.sha256, load)
        return loaded


def _put(objects: Objects, key: str, body: bytes) -> Pin:
    # Named by its own bytes: a second start that packs differently stands beside the first and overwrites nothing.
    digest = hashlib.sha256(body).hexdigest()
    place = key.format(digest[:32])
    objects.put(place, body)
    return Pin(place, digest)
