"""Bindings as a shelf: read and changed one member at a time, over what was read, whatever else a policy holds."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from google.iam.v1.iam_policy_pb2 import GetIamPolicyRequest, SetIamPolicyRequest
from google.iam.v1.policy_pb2 import Binding as Bound
from google.iam.v1.policy_pb2 import Policy

from propcast.backends.google.errors import is_absent
from propcast.backends.google.patience import Patience
from propcast.core.errors import StoreConflict, StoreRefused
from propcast.delivery.cloud.bindings import Binding
from propcast.delivery.cloud.shelf import CannotChange, Things

_TRIES = 5
"""So often somebody else may change a policy between our reading and our writing."""


class Policies(Protocol):
    """The policies of things of one kind; a written one must be the one that was read (`etag`)."""

    def get(self, path: str) -> Policy:
        """Return a policy."""
        ...

    def set(self, path: str, policy: Policy) -> None:
        """Write a policy; `StoreConflict` when somebody else was first."""
        ...


@dataclass(frozen=True)
class Guarded:
    """The policies of one of Google's clients."""

    client: Any
    calls: Patience

    def get(self, path: str) -> Policy:
        """Return a policy."""
        request = GetIamPolicyRequest(resource=path)
        return self.calls.again(
            f"reading who may use {path}",
            lambda limit_s: self.client.get_iam_policy(request=request, retry=None, timeout=limit_s),
        )

    def set(self, path: str, policy: Policy) -> None:
        """Write a policy; `StoreConflict` when somebody else was first."""
        request = SetIamPolicyRequest(resource=path, policy=policy)
        self.calls.again(
            f"changing who may use {path}",
            lambda limit_s: self.client.set_iam_policy(request=request, retry=None, timeout=limit_s),
        )


@dataclass(frozen=True)
class Bindings:
    """The bindings of one kind of thing.

    Attributes:
        declared: what shall be.
        policies: of the things; `path` is the resource name of one.
        awaits: a thing that is not there yet is waited for: its bindings are wanted once it is.
    """

    kind: str
    declared: Sequence[Binding]
    policies: Policies
    path: Callable[[str], str]
    awaits: bool = False
    holds: str = ""

    def wanted(self) -> Things:
        """Return what is declared, for the things that can have it."""
        absent = {thing for thing in self._things() if self.awaits and self._policy(thing) is None}
        return {each.name: {} for each in self.declared if each.thing not in absent}

    def found(self) -> Things:
        """Return what there is in the roles that are declared, on the things that are there."""
        roles = {each.role for each in self.declared}
        found = [each for thing in self._things() for each in self._on(thing)]
        return {each.name: {} for each in found if each.role in roles}

    def members(self, thing: str, role: str) -> list[str]:
        """Return who has a role on one thing."""
        return [each.member for each in self._on(thing) if each.role == role]

    def make(self, name: str) -> None:
        """Give a right."""
        self._change(name, lambda members, member: sorted({*members, member}))

    def change(self, name: str) -> None:
        """Refuse: a right is there or it is not."""
        raise CannotChange(f"{name} is there already")

    def remove(self, name: str) -> None:
        """Take a right."""
        self._change(name, lambda members, member: sorted({*members} - {member}))

    def _things(self) -> Iterable[str]:
        return dict.fromkeys(each.thing for each in self.declared)

    def _on(self, thing: str) -> list[Binding]:
        policy = self._policy(thing) or Policy()
        return [Binding(thing, each.role, member) for each in policy.bindings for member in each.members]

    def _policy(self, thing: str) -> Policy | None:
        try:
            return self.policies.get(self._path(thing))
        except StoreRefused as error:
            if is_absent(error):
                return None
            raise

    def _change(self, name: str, changed: Callable[[Iterable[str], str], list[str]]) -> None:
        kind, thing, role, member = name.split(" ")
        path = self._path(f"{kind} {thing}")
        for left in reversed(range(_TRIES)):
            policy = self.policies.get(path)
            mine = next(
                (each for each in policy.bindings if each.role == role and not each.HasField("condition")), None
            )
            if mine is None:
                mine = policy.bindings.add()
                mine.role = role
            mine.members[:] = changed(mine.members, member)
            _drop_empty(policy)
            try:
                return self.policies.set(path, policy)
            except StoreConflict:
                if not left:
                    raise
        return None

    def _path(self, thing: str) -> str:
        return self.path(thing.partition(" ")[2])


def _drop_empty(policy: Policy) -> None:
    kept = [Bound.FromString(each.SerializeToString()) for each in policy.bindings if each.members]
    del policy.bindings[:]
    policy.bindings.extend(kept)
