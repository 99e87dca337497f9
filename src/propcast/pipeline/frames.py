"""Frames as bytes, stored of a batch or answered by a service; the same frames always give the same bytes."""

import io
import zipfile
from collections.abc import Mapping

import polars as pl

from propcast.core.archive import zipped


def pack(frames: Mapping[str, pl.DataFrame]) -> bytes:
    """Return frames as one file."""
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
