"""The order and the conditions of the port, done by hand: where Firestore finds too much, this has the last word."""

import operator
from collections.abc import Callable, Sequence
from typing import Any

from propcast.backends.state.port import Body, Document, JsonValue, Scalar, Where
from propcast.backends.state.rules import values_of

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
Place = tuple[int, Any]


class Conditions:
    """Conditions that a body meets all at once, or not."""

    def __init__(self, where: Sequence[Where]) -> None:
        self._tests = [(condition.field, _test(condition)) for condition in where]

    def hold(self, body: Body) -> bool:
        """Tell whether a body meets every condition; a field that is missing is None."""
        return all(test(_place(body.get(field))) for field, test in self._tests)


def in_order(found: list[Document], order_by: str | None, descending: bool) -> list[Document]:
    """Return documents in the order of the port."""

    def rank(document: Document) -> tuple[Place, str]:
        return _place(document.body.get(order_by) if order_by else None), document.key

    return sorted(found, key=rank, reverse=descending)


def _test(condition: Where) -> Callable[[Place], bool]:
    wanted = [_place(value) for value in values_of(condition)]
    if condition.op not in _COMPARE:
        return frozenset(wanted).__contains__
    ((kind, value),) = wanted
    compare = _COMPARE[condition.op]
    return lambda place: place[0] == kind and compare(place[1], value)


def _place(value: JsonValue | Scalar) -> Place:
    """The type and the value: values of two types are never equal, and None comes first."""
    match value:
        case None:
            return 0, 0
        case bool():
            return 1, value
        case int() | float():
            return 2, value
        case str():
            return 3, value
        case _:
            return 4, 0
