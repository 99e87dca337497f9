"""What a key is, for every object store: what one could not hold is refused by all."""

from propcast.core.errors import InputError


def parts_of(key: str) -> list[str]:
    """Return the names that a key is made of; `InputError` when it is none.

    A name that begins with a dot would lead out of a folder or to unfinished files.
    """
    parts = key.split("/")
    if any(not part or part.startswith(".") or "\\" in part or "\0" in part for part in parts):
        raise InputError(f"{key!r} is not an object key; write names joined by `/`, none empty or starting with `.`")
    return parts


def parents_of(key: str) -> list[str]:
    """Return the keys that would be folders of this one: none of them may hold a blob."""
    parts = parts_of(key)
    return ["/".join(parts[:length]) for length in range(1, len(parts))]
