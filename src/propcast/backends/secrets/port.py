"""The port that every store of secrets implements, and the type that keeps a value out of sight."""

import hmac
from collections.abc import Sequence
from typing import NoReturn, Protocol, Self

from propcast.core.errors import InputError

_SHOWN = "Secret(redacted)"


class MissingSecret(InputError):
    """A secret that is needed is nowhere, or empty."""


class Secret:
    """A value that shows itself only through `reveal`; it can't be printed, formatted, pickled or hashed."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """Return the value; call it where it is used, and keep no copy."""
        return self.__value

    def __repr__(self) -> str:
        return _SHOWN

    def __str__(self) -> str:
        return _SHOWN

    def __format__(self, specification: str) -> str:
        return _SHOWN

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self.__value.encode(), other.__value.encode())

    # A hash would tell equal values apart from unequal ones wherever it is shown.
    __hash__ = None  # type: ignore[assignment]

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a Secret can't be pickled; pass its name and get it again on the other side")


class Secrets(Protocol):
    """Named secrets, each read when it is asked for."""

    def get(self, name: str) -> Secret:
        """Return a secret; `MissingSecret` when it is absent or empty."""
        ...


class FirstOf:
    """`Secrets` that asks several stores in order and takes the first that has the name."""

    def __init__(self, stores: Sequence[Secrets]) -> None:
        self._stores = tuple(stores)

    def get(self, name: str) -> Secret:
        """Return the first store's secret; `MissingSecret`, with every store's sentence, when none has it."""
        sentences = []
        for store in self._stores:
            try:
                return store.get(name)
            except MissingSecret as error:
                sentences.append(str(error))
        raise MissingSecret("; ".join(sentences))
