"""What was not declared is refused by its name, with the nearest one that was."""

from propcast.core.errors import InputError, did_you_mean


def require(name: str, known: list[str], what: str) -> None:
    """Refuse a topic or a subscription that is not among those that are known."""
    if name not in known:
        raise InputError(f"there is no {what} {name!r}; declare it with `ensure` first{did_you_mean(name, known)}")
