"""The port of everything that runs revisions of a service and shares out its traffic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeAlias, runtime_checkable

from propcast.core.errors import PropCastError

Weights: TypeAlias = Mapping[str, int]
"""Whole percents by revision name; they add up to 100, a revision that is not there has none."""


class TargetError(PropCastError):
    """The target did not do what it was asked; what it does now is known by reading it back."""


class TargetUnavailable(TargetError):
    """The target did not answer, or asks to be asked again; the same call may be made again."""


class TargetRefused(TargetError):
    """The target will not do this however often it is asked; the message says what to change."""


class TrafficMoved(TargetError):
    """The traffic is not what the caller last read, or a newer holder has the lease: nothing was changed."""


@dataclass(frozen=True)
class Image:
    """What is to run: a reference with its digest, resolved once. Only the digest is ever deployed."""

    reference: str
    digest: str


@dataclass(frozen=True)
class Wanted:
    """A revision as it shall be.

    Attributes:
        name: what the revision is called; the same name always means the same content, so asking twice makes one.
        tag: what makes its own address, such as `staging`, `canary` or `baseline`.
        env: every variable but secrets; it replaces what was there whole.
    """

    service: str
    name: str
    tag: str
    image: Image
    env: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Revision:
    """A revision as it is, by the target's own account and, for `digest` and `release`, by its own answer."""

    service: str
    name: str
    tag: str
    url: str
    digest: str
    config_hash: str
    created_at: datetime


@dataclass(frozen=True)
class Traffic:
    """How a service's requests are shared out now; `etag` is what `set_weights` must be given back."""

    weights: Weights
    etag: str


@dataclass(frozen=True)
class Request:
    """One request as the target's own log has it; a time-out or a broken connection is code 599."""

    at: datetime
    revision: str
    instance: str
    route: str
    code: int
    seconds: float
    synthetic: bool = False
    retried: bool = False
    """A stable instance had to answer again what this one could not: still counted against this one."""


@dataclass(frozen=True)
class Condition:
    """How the instances of a revision fare, between two instants."""

    instances: int
    ready: bool
    restarts: int
    out_of_memory: int
    seen_at: datetime


def no_service(service: str) -> TargetRefused:
    """Return the refusal of what is asked of a service that does not exist yet."""
    return TargetRefused(
        f"there is no service {service} here yet; make it with `propcast stage {service} --create --image REF`"
    )


@runtime_checkable
class Target(Protocol):
    """Runs revisions. Every call is idempotent; nothing here decides anything."""

    def resolve(self, reference: str) -> Image:
        """Return the image with its digest; `TargetRefused` for one that is not there or is of another service."""
        ...

    def stage(self, wanted: Wanted, *, create: bool = False) -> Revision:
        """Start a revision that gets no traffic and return it once it answers.

        A service that does not exist yet is `TargetRefused` without `create`; with it a placeholder is made first, so
        that no request reaches unproven code. A revision of that name with other content is `TargetRefused`.
        """
        ...

    def revisions(self, service: str) -> Sequence[Revision]:
        """Return every revision there is, oldest first; empty for a service that does not exist."""
        ...

    def read_weights(self, service: str) -> Traffic:
        """Return what the service's traffic does now, asked of what moves it, never remembered."""
        ...

    def set_weights(self, service: str, weights: Weights, *, etag: str, token: int) -> Traffic:
        """Share the traffic out anew and return it as read back.

        `TrafficMoved` if `etag` is not of now or a higher fencing token was seen for this service.
        """
        ...

    def requests(self, service: str, since: datetime, until: datetime) -> Sequence[Request] | None:
        """Return the logged requests of `since` ≤ at < `until`; None when the source cannot be read or lags behind."""
        ...

    def condition(self, service: str, revision: str, since: datetime) -> Condition | None:
        """Return how a revision's instances fared since then; None when that cannot be known."""
        ...

    def retire(self, service: str, revision: str) -> None:
        """Stop a revision that has no traffic; one that has is `TargetRefused`, one that is gone is fine."""
        ...
