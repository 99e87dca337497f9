"""Canonical keys of events and participants, and the one name key."""

import hashlib
import unicodedata
from typing import NewType

from propcast.core.sport import Sport

EventId = NewType("EventId", str)
ParticipantId = NewType("ParticipantId", str)
PredictionId = NewType("PredictionId", str)

_UNDECOMPOSED = str.maketrans({"ı": "i", "ø": "o", "đ": "d", "ł": "l", "ß": "ss", "æ": "ae", "þ": "th",
                               "Ø": "O", "Đ": "D", "Ł": "L", "Æ": "AE", "Þ": "TH"})  # fmt: skip
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})


def event_id(sport: Sport, native: str | int) -> EventId:
    """Return `{sport}:{native game id}`; NBA ids keep their leading zeros."""
    return EventId(f"{sport}:{native}")


def participant_id(sport: Sport, person: int) -> ParticipantId:
    """Return `{sport}:{league person id}`."""
    return ParticipantId(f"{sport}:{person}")


HASH_LENGTH = 24
SEPARATOR = "\x1f"
"""Stands between the parts of a hashed key; no id contains it."""


def name_key(name: str) -> str:
    """Return the key under which spellings of one name meet: `José Núñez-O’Day Jr.` → `josenunezoday`.

    Folds letters that do not decompose, drops accents, case and punctuation, swaps `Last, First` (but not `Name, Jr.`),
    and removes trailing generation suffixes while more than two tokens remain.
    """
    text = unicodedata.normalize("NFKC", name).translate(_UNDECOMPOSED)
    if text.count(",") == 1:
        last, first = text.split(",")
        is_suffix = first.strip().rstrip(".").casefold() in _SUFFIXES
        text = f"{last} {first}" if is_suffix else f"{first} {last}"
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()
    tokens = [kept for token in bare.split() if (kept := "".join(c for c in token if c.isascii() and c.isalnum()))]
    while len(tokens) > 2 and tokens[-1] in _SUFFIXES:
        tokens.pop()
    return "".join(tokens)


def short_hash(*parts: object, length: int = HASH_LENGTH) -> str:
    """Return a stable hexadecimal id of the parts in their order (SHA-256, truncated)."""
    return text_hash(SEPARATOR.join(str(part) for part in parts), length)


def text_hash(text: str, length: int = HASH_LENGTH) -> str:
    """Return the `short_hash` of parts that were already joined by `SEPARATOR`."""
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def prediction_id(
    sport: str,
    event: str,
    participant: str,
    market: str,
    line: float | None,
    system: str,
    model_id: str,
    as_of: object,
) -> PredictionId:
    """Return the id of a forecast: a hash of its full key, so that a redelivery writes the same row."""
    shown = "none" if line is None else f"{line:.1f}"
    return PredictionId(short_hash(sport, event, participant, market, shown, system, model_id, as_of))
