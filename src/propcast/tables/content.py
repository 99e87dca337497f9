"""Content hashes of frames: stable across runs, machines and library versions, independent of row order."""

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

Words = npt.NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_NULL = np.uint64(0xA5A5A5A5DEADBEEF)


def row_hashes(frame: pl.DataFrame, columns: Sequence[str]) -> pl.Series:
    """Return one signed 64-bit hash per row over the named columns, in the order given.

    Equal values hash equally whatever the frame's order; −0.0 equals 0.0; null differs from every value.
    """
    state = np.full(frame.height, _GOLDEN, dtype=np.uint64)
    for position, name in enumerate(columns):
        word = _column_words(frame[name])
        salt = np.uint64((position + 1) * int(_GOLDEN) % 2**64)
        state = _mix(state ^ _mix(word + salt))
    return pl.Series("row_hash", state.view(np.int64))


def frame_hash(frame: pl.DataFrame, columns: Sequence[str]) -> str:
    """Return a hexadecimal hash of a frame as a set of rows (order does not matter, repetition does)."""
    words = row_hashes(frame, columns).to_numpy().view(np.uint64)
    return digest_rows(words)


def digest_rows(words: Words) -> str:
    """Combine row hashes into one order-independent digest."""
    return hashlib.sha256(np.sort(words).tobytes()).hexdigest()[:24]


def ids(frame: pl.DataFrame, columns: Sequence[str]) -> pl.Series:
    """Return a 16-digit hexadecimal id per row from its key columns."""
    words = row_hashes(frame, columns).to_numpy().view(np.uint64)
    return pl.Series("id", [f"{w:016x}" for w in words.tolist()], dtype=pl.String())


def _mix(z: Words) -> Words:
    """SplitMix64's finaliser (Steele, Lea, Flood 2014)."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: Words = z ^ (z >> np.uint64(31))
    return mixed


def _column_words(values: pl.Series) -> Words:
    dtype = values.dtype
    if isinstance(dtype, pl.List):
        return _column_words(_list_texts(values))
    if dtype in (pl.Float32, pl.Float64):
        numbers = values.cast(pl.Float64).fill_null(0.0).to_numpy() + 0.0
        words = np.ascontiguousarray(numbers).view(np.uint64)
    elif dtype == pl.String:
        words = _text_words(values)
    else:
        words = values.to_physical().cast(pl.Int64).fill_null(0).to_numpy().astype(np.int64).view(np.uint64)
    missing = values.is_null().to_numpy()
    hashed: Words = np.where(missing, _NULL, words)
    return hashed


def _list_texts(values: pl.Series) -> pl.Series:
    """Write each list as text, with its length in front: [] is not [""], and null is no element."""
    texts = pl.col("list").cast(pl.List(pl.String()))
    joined = texts.list.eval(pl.element().fill_null("\0")).list.join("\x1f")
    return values.to_frame("list").select(pl.format("{}\x1e{}", texts.list.len(), joined)).to_series()


def _text_words(values: pl.Series) -> Words:
    """Hash each distinct string once with BLAKE2b."""
    distinct = values.unique().drop_nulls()
    digests = b"".join([hashlib.blake2b(t.encode(), digest_size=8).digest() for t in distinct.to_list()])
    table = pl.DataFrame({"text": distinct, "word": np.frombuffer(digests, dtype="<u8")})
    joined = values.to_frame("text").join(table, on="text", how="left", maintain_order="left")
    words: Words = joined["word"].fill_null(0).to_numpy()
    return words
