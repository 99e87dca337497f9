"""The table of everything that can be reached: nothing outside it is, whatever the framework adds."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute, Mount, compile_path

from propcast.core.errors import PropCastError
from propcast.service.access import Access, rule_of
from propcast.service.identity import Environment
from propcast.service.problems import not_found, wrong_method


class Unruled(PropCastError):
    """A route says nothing about who may call it; the service does not start."""


@dataclass(frozen=True)
class Place:
    """One route: its path with placeholders, its methods and its rule.

    Attributes:
        own: whether it belongs to the service itself, and so needs the environment; the kit's own paths do not.
    """

    path: str
    methods: frozenset[str]
    rule: Access
    own: bool
    pattern: re.Pattern[str]


class Table:
    """Finds the place of a request."""

    def __init__(self, places: Sequence[Place]) -> None:
        self.places = tuple(places)

    def find(self, method: str, path: str) -> Place:
        """Return the place, or raise the problem 404 or 405."""
        there = [place for place in self.places if place.pattern.match(path)]
        for place in there:
            if method in place.methods:
                return place
        if there:
            raise wrong_method(sorted(frozenset[str]().union(*(place.methods for place in there))))
        raise not_found()


def tabulate(routes: Sequence[BaseRoute], kit_paths: Sequence[str], environment: Environment) -> Table:
    """Return the table of an app's routes; `Unruled` names every route without a rule.

    Routes that are declared for `local` only are left out elsewhere, and so cannot be reached.
    """
    found = [(path, methods, rule_of(endpoint)) for path, methods, endpoint in _declared(routes)]
    bare = sorted(f"{'/'.join(sorted(methods))} {path}" for path, methods, rule in found if rule is None)
    if bare:
        raise Unruled(f"no access rule on {', '.join(bare)}; put @access(...) on the endpoint")
    return Table(
        [
            Place(path, methods, rule, path not in kit_paths, compile_path(path)[0])
            for path, methods, rule in found
            if rule is not None and (environment == "local" or not rule.local_only)
        ]
    )


def _declared(routes: Sequence[BaseRoute]) -> Iterator[tuple[str, frozenset[str], object]]:
    for context in iter_route_contexts(routes):
        route = context.original_route
        if isinstance(route, Mount):
            yield f"{context.path}/{{path:path}}", frozenset({"GET", "HEAD"}), route
        else:
            yield str(context.path), frozenset(context.methods or ()), context.endpoint
