"""Content hashes of frames: stable across runs, machines and library versions, independent of row order."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import polars as pl
from polars_hash import CryptographicHashingNameSpace, NonCryptographicHashingNameSpace

from propcast.core.identity import HASH_LENGTH

Words = npt.NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_NULL = 0xA5A5A5A5DEADBEEF


def row_hashes(frame: pl.DataFrame, columns: Sequence[str]) -> pl.Series:
    """Return one signed 64-bit hash per row over the named columns, in the order given.

    Equal values hash equally whatever the frame's order; −0.0 equals 0.0; null differs from every value.
    """
    schema = frame.schema
    words = frame.select(_words(tuple((name, schema[name]) for name in columns)))
    state = np.full(frame.height, _GOLDEN, dtype=np.uint64)
    for word in words:
        state ^= word.to_numpy()
        _mix(state)
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


def text_hashes(joined: pl.Expr) -> pl.Expr:
    """Return `core.identity.text_hash` of a whole column of texts."""
    return CryptographicHashingNameSpace(joined).sha2_256().str.slice(0, HASH_LENGTH)


def _mix(state: Words) -> None:
    """Stir in place: one step of SplitMix64 (Steele, Lea, Flood 2014), so that the order of columns matters too."""
    state += _GOLDEN
    state ^= state >> np.uint64(30)
    state *= np.uint64(0xBF58476D1CE4E5B9)
    state ^= state >> np.uint64(27)
    state *= np.uint64(0x94D049BB133111EB)
    state ^= state >> np.uint64(31)


@lru_cache(maxsize=256)
def _words(columns: tuple[tuple[str, pl.DataType], ...]) -> tuple[pl.Expr, ...]:
    return tuple(_word(name, dtype) for name, dtype in columns)


def _word(name: str, dtype: pl.DataType) -> pl.Expr:
    """Return the column as 64 bits a value: floats as they are, texts as their XXH64, the rest as whole numbers."""
    value = pl.col(name)
    if isinstance(dtype, pl.List):
        bits = _text_word(_list_text(value))
    elif dtype == pl.String:
        bits = _text_word(value)
    elif dtype in (pl.Float32, pl.Float64):
        signless = pl.when(value == 0).then(0.0).otherwise(value.cast(pl.Float64))  # −0.0 is 0.0
        bits = signless.reinterpret(dtype=pl.UInt64)
    else:
        bits = value.to_physical().cast(pl.Int64).reinterpret(dtype=pl.UInt64)
    return bits.fill_null(pl.lit(_NULL, pl.UInt64)).alias(name)


def _list_text(value: pl.Expr) -> pl.Expr:
    """Write each list as text, with its length in front: [] is not [""], and null is no element."""
    texts = value.cast(pl.List(pl.String()))
    joined = texts.list.eval(pl.element().fill_null("\0")).list.join("\x1f")
    return pl.concat_str(texts.list.len().cast(pl.String()), joined, separator="\x1e")


def _text_word(text: pl.Expr) -> pl.Expr:
    return NonCryptographicHashingNameSpace(text).xxhash64()
