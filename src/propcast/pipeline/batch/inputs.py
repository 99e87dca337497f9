"""What every worker of a batch reads: the frames themselves, stored once, named and checked by their content.

Pinning store versions instead would cost every worker half a dozen reads, and a promise of the warehouse that lasts a
day. Frames in the object store cost the coordinator two writes and a worker two reads, none when it is warm: the pool
of earlier games is named by its bytes alone and is the same for all batches of a day.
"""

import hashlib
from dataclasses import dataclass

import polars as pl

from propcast.backends.objects.port import Objects
from propcast.core.errors import InputError
from propcast.forecast.model import Model
from propcast.pipeline.batch.records import Pin
from propcast.pipeline.frames import pack, parquet
from propcast.pipeline.slate import Slate

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
        put(objects, f"batches/{batch_id}/inputs/{{}}.zip", packed), put(objects, "batches/pools/{}.parquet", pool)
    )


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


def put(objects: Objects, key: str, body: bytes) -> Pin:
    """Store bytes under a key in which their own hash takes the place of `{}`."""
    # Named by its own bytes: a second start that packs differently stands beside the first and overwrites nothing.
    digest = hashlib.sha256(body).hexdigest()
    place = key.format(digest[:32])
    objects.put(place, body)
    return Pin(place, digest)
