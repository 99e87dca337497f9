"""Ids of documents: a key as Firestore can hold it, of the same length and in the same order.

An id holds no `/`, and is neither `.` nor `..` nor `__any__`. A key holds no NUL. So every character up to `/` moves
down by one, which takes `/` away and changes no order, and a letter in front does the rest.
"""

_FRONT = "k"
_DOWN = {code: code - 1 for code in range(1, ord("/") + 1)}
_UP = {code - 1: code for code in _DOWN}


def id_of(key: str) -> str:
    """Return the id of a key's document."""
    return _FRONT + key.translate(_DOWN)


def key_of(document_id: str) -> str:
    """Return the key of a document's id."""
    return document_id.removeprefix(_FRONT).translate(_UP)
