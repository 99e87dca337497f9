"""What the kit knows of one request while it is answered."""

from dataclasses import dataclass, field

from starlette.requests import HTTPConnection
from starlette.types import Scope

from propcast.service.access import Principal
from propcast.service.problems import Problem
from propcast.service.routes import Place

_KEY = "propcast.facts"


@dataclass
class Facts:
    """Filled in on the way to the handler.

    Attributes:
        id: names this request in problem details and in the log (`trace_id-span_id`).
        place: where the request goes; None when it goes nowhere.
        principal: who calls, once that is known; None for anyone.
        address: the client's address, as far as it can be trusted.
        breach: a limit that the request broke, wherever that was noticed.
    """

    id: str = ""
    place: Place | None = None
    principal: Principal | None = None
    address: str = ""
    breach: Problem | None = field(default=None, repr=False)

    @property
    def route(self) -> str:
        """The route label: the path with placeholders, or `none`."""
        return self.place.path if self.place else "none"


def attach(scope: Scope, facts: Facts) -> None:
    """Keep the facts with the request."""
    scope[_KEY] = facts


def facts_of(scope: Scope) -> Facts:
    """Return the facts of a request."""
    found = scope[_KEY]
    if not isinstance(found, Facts):
        raise TypeError("the request did not come through the app factory")
    return found


def caller(connection: HTTPConnection) -> Principal | None:
    """Return who calls, for handlers: `Depends(caller)`."""
    return facts_of(connection.scope).principal
