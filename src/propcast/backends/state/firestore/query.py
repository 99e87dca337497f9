"""What of a `find` Firestore does, and what is left to do by hand.

No query ever needs a composite index that is not declared in `indexes`: where none is, Firestore filters only and the
order, with the limit, is done by hand.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from google.cloud.firestore_v1.types import StructuredQuery, Value

from propcast.backends.state.firestore.documents import path
from propcast.backends.state.firestore.indexes import serves
from propcast.backends.state.firestore.values import bounds, encoded, is_cut
from propcast.backends.state.port import Collection, Scalar, Where
from propcast.backends.state.rules import values_of

_DISJUNCTS = 30
"""Firestore takes so many values in an `in`."""
_NAME = "__name__"
_RANGES = ("<", "<=", ">", ">=")
_SIGNS = {
    "==": StructuredQuery.FieldFilter.Operator.EQUAL,
    "in": StructuredQuery.FieldFilter.Operator.IN,
    "<": StructuredQuery.FieldFilter.Operator.LESS_THAN,
    "<=": StructuredQuery.FieldFilter.Operator.LESS_THAN_OR_EQUAL,
    ">": StructuredQuery.FieldFilter.Operator.GREATER_THAN,
    ">=": StructuredQuery.FieldFilter.Operator.GREATER_THAN_OR_EQUAL,
}
_UP, _DOWN = StructuredQuery.Direction.ASCENDING, StructuredQuery.Direction.DESCENDING


@dataclass(frozen=True)
class Plan:
    """A query for Firestore.

    Attributes:
        query: finds all documents that are wanted, and perhaps more.
        in_order: they come in the order that is wanted, so reading may end at the limit.
    """

    query: StructuredQuery
    in_order: bool


def plan(
    stored_as: str,
    collection: Collection,
    where: Sequence[Where],
    order_by: str | None,
    descending: bool,
    limit: int | None,
) -> Plan:
    """Return how documents of a collection, which is stored under a name, are found."""
    equal = _equalities(where)
    sort = _sort(collection, where, order_by, descending, {condition.field for condition in equal})
    asked = [*equal, *(condition for condition in where if condition.field == sort and condition.op in _RANGES)]
    in_order = sort == order_by and (sort is not None or not descending)
    exact = len(asked) == len(where) and not any(is_cut(value) for each in where for value in values_of(each))
    query = StructuredQuery(
        from_=[StructuredQuery.CollectionSelector(collection_id=stored_as)],
        where=_all([part for condition in asked for part in _filters(condition)]),
        order_by=_order(sort, descending),
    )
    if limit is not None and in_order and exact:
        query.limit = limit
    return Plan(query, in_order)


def _equalities(where: Sequence[Where]) -> list[Where]:
    """All `==`, and one `in` that is short enough: the numbers of values of several would multiply."""
    equal = [condition for condition in where if condition.op == "=="]
    lists = [condition for condition in where if condition.op == "in" and len(_distinct(condition)) <= _DISJUNCTS]
    return [*equal, *lists[:1]]


def _sort(
    collection: Collection, where: Sequence[Where], order_by: str | None, descending: bool, equal: set[str]
) -> str | None:
    """The field that Firestore sorts by, if any: a range sorts by its field, whether or not that is asked for.

    None where equalities leave nothing to sort by that field, or no index is declared for it beside them.
    """
    sort = order_by or next((condition.field for condition in where if condition.op in _RANGES), None)
    if sort is None or sort in equal or (equal and not serves(collection.name, equal, sort, descending)):
        return None
    return sort


def _order(sort: str | None, descending: bool) -> list[StructuredQuery.Order]:
    direction = _DOWN if descending and sort is not None else _UP
    return [
        StructuredQuery.Order(field=StructuredQuery.FieldReference(field_path=name), direction=direction)
        for name in ([] if sort is None else [path(sort)]) + [_NAME]
    ]


def _filters(condition: Where) -> Iterator[StructuredQuery.Filter]:
    field = path(condition.field)
    match condition.op:
        case "in":
            values = [Value(bytes_value=value) for value in _distinct(condition)]
            yield _filter(field, "in", Value(array_value={"values": values}))
        case "==":
            yield _filter(field, "==", Value(bytes_value=encoded(_only(condition))))
        case op:
            value = _only(condition)
            least, less_than = bounds(value)
            # What was cut finds its neighbours too.
            sign = {"<": "<=", ">": ">="}.get(op, op) if is_cut(value) else op
            yield _filter(field, sign, Value(bytes_value=encoded(value)))
            other, bound = ("<", less_than) if op in (">", ">=") else (">=", least)
            yield _filter(field, other, Value(bytes_value=bound))


def _filter(field: str, sign: str, value: Value) -> StructuredQuery.Filter:
    reference = StructuredQuery.FieldReference(field_path=field)
    return StructuredQuery.Filter(
        field_filter=StructuredQuery.FieldFilter(field=reference, op=_SIGNS[sign], value=value)
    )


def _all(filters: list[StructuredQuery.Filter]) -> StructuredQuery.Filter | None:
    if len(filters) <= 1:
        return filters[0] if filters else None
    both = StructuredQuery.CompositeFilter(op=StructuredQuery.CompositeFilter.Operator.AND, filters=filters)
    return StructuredQuery.Filter(composite_filter=both)


def _distinct(condition: Where) -> list[bytes]:
    return sorted({encoded(value) for value in values_of(condition)})


def _only(condition: Where) -> Scalar:
    (value,) = values_of(condition)
    return value
