"""Who may call a route. Every route declares it; a route without a rule fails at start-up."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal, TypeVar

F = TypeVar("F", bound=Callable[..., object])

_RULE = "__propcast_access__"


class Role(StrEnum):
    """What a person or key may do; each role includes the ones before it."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def covers(self, needed: "Role") -> bool:
        """Return whether this role is enough where `needed` is asked for."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(needed)


@dataclass(frozen=True)
class Principal:
    """Who calls: a person with a session, an API key, the bus, or another service.

    Attributes:
        session: the session's id, where there is one; it asks for a CSRF token on every change.
    """

    kind: Literal["user", "key", "push", "service"]
    name: str
    role: Role | None = None
    session: str = ""


@dataclass(frozen=True)
class Access:
    """A rule; several allowances may stand in one rule.

    Attributes:
        open: anyone; a credential is looked at, so that the answer may say more.
        asks: whether a credential is looked at; liveness does not even do that.
        counted: whether requests without a credential count against the rate of their address.
        push: the bus, with a verified token for this service.
        internal: another service, with a verified token for this service.
        role: people and keys with at least this role.
        local_only: the route does not exist outside `local`.
    """

    open: bool = False
    asks: bool = True
    counted: bool = True
    push: bool = False
    internal: bool = False
    role: Role | None = None
    local_only: bool = False

    def __or__(self, other: "Access") -> "Access":
        """Return a rule that allows what either allows."""
        roles = [role for role in (self.role, other.role) if role]
        return Access(
            open=self.open or other.open,
            asks=self.asks or other.asks,
            counted=self.counted or other.counted,
            push=self.push or other.push,
            internal=self.internal or other.internal,
            role=min(roles, key=list(Role).index) if roles else None,
            local_only=self.local_only or other.local_only,
        )

    def only_locally(self) -> "Access":
        """Return the rule of a route that does not exist outside `local`."""
        return replace(self, local_only=True)

    def allows(self, principal: Principal | None) -> bool:
        """Return whether this caller may pass."""
        if self.open:
            return True
        if principal is None:
            return False
        if principal.kind in ("push", "service"):
            return self.push if principal.kind == "push" else self.internal
        return self.role is not None and principal.role is not None and principal.role.covers(self.role)


LIVENESS = Access(open=True, asks=False)
PROBE = Access(open=True, counted=False)
OPEN = Access(open=True)
PUSH = Access(push=True)
INTERNAL = Access(internal=True)
VIEWER = Access(role=Role.VIEWER)
OPERATOR = Access(role=Role.OPERATOR)
ADMIN = Access(role=Role.ADMIN)
VIEWER_OR_INTERNAL = VIEWER | INTERNAL


def access(rule: Access) -> Callable[[F], F]:
    """Declare who may call an endpoint: `@router.get("/slates")` above `@access(VIEWER)`."""

    def declare(endpoint: F) -> F:
        setattr(endpoint, _RULE, rule)
        return endpoint

    return declare


def rule_of(endpoint: object) -> Access | None:
    """Return the declared rule of an endpoint or mount; None when there is none."""
    rule = getattr(endpoint, _RULE, None)
    return rule if isinstance(rule, Access) else None
