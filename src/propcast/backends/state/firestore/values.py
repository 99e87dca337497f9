"""Scalars as bytes that sort as the port says: None first, types apart, numbers by value, text by code point.

Firestore's own order of values is another one, and an emulator's may be a third; bytes sort as bytes everywhere.
"""

import struct

from propcast.backends.state.port import Scalar

LONGEST = 1_400
"""Text is cut after so many bytes, since an index holds 1,500: what was cut finds too much, never too little."""

_NONE, _FALSE, _TRUE = b"\x00", b"\x01\x00", b"\x01\x01"
_NUMBER, _TEXT = b"\x02", b"\x03"
_SIGN = 1 << 63
_MIDDLE = 1 << 15


def encoded(value: Scalar) -> bytes:
    """Return a scalar as bytes that sort with those of others."""
    match value:
        case None:
            return _NONE
        case bool():
            return _TRUE if value else _FALSE
        case str():
            return _TEXT + value.encode()[:LONGEST]
        case _:
            return _NUMBER + _number(value)


def bounds(value: Scalar) -> tuple[bytes, bytes]:
    """Return what all values of this value's type are at least, and less than."""
    kind = encoded(value)[0]
    return bytes([kind]), bytes([kind + 1])


def is_cut(value: Scalar) -> bool:
    """Tell whether other values may have the same bytes."""
    return isinstance(value, str) and len(value.encode()) >= LONGEST


def _number(value: float) -> bytes:
    """The nearest double in the order of its bits, then how far an integer beyond 2^53 is from it."""
    nearest = float(value) + 0.0  # makes -0.0 equal 0.0
    (bits,) = struct.unpack(">Q", struct.pack(">d", nearest))
    ordered = ~bits & (2 * _SIGN - 1) if bits & _SIGN else bits | _SIGN
    distance = value - int(nearest) if isinstance(value, int) else 0
    return struct.pack(">QH", ordered, distance + _MIDDLE)
