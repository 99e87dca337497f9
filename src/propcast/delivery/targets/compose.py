"""Chooses the target by its name; what it needs is imported here and nowhere else, and only when it is chosen."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from propcast.backends.settings import Settings
from propcast.core.clock import Clock
from propcast.core.errors import InputError, did_you_mean
from propcast.delivery.manifest.reading import Laid
from propcast.delivery.targets.port import Target


class Kind(StrEnum):
    """Where revisions can run."""

    LOCAL = "local"
    CLOUDRUN = "cloudrun"


_HOMES = {"local": Kind.LOCAL, "gcp": Kind.CLOUDRUN}


@dataclass(frozen=True)
class Platform:
    """A target, and how it is seen from outside.

    Attributes:
        url: the live address of a service.
        source_s: how late its logs may be.
    """

    target: Target
    url: Callable[[str], str]
    source_s: float


def kind_of(name: str, laid: Laid) -> Kind:
    """Return the target of that name, or, without one, the target that an environment runs on."""
    if not name:
        return _HOMES[laid.environment.backend]
    if name not in list(Kind):
        raise InputError(f"no target is called {name!r}{did_you_mean(name, list(Kind))}")
    return Kind(name)


def platform_of(kind: Kind, laid: Laid, settings: Settings, clock: Clock) -> Platform:
    """Return the target of an environment; `InputError` where the environment does not run there."""
    home = _HOMES[laid.environment.backend]
    if kind is not home:
        raise InputError(f"{laid.name} runs on the target {home}, not on {kind}; say --target {home}")
    return _local(settings, clock) if kind is Kind.LOCAL else _cloudrun(laid, clock)


def _local(settings: Settings, clock: Clock) -> Platform:
    from propcast.delivery.targets.local.target import LocalTarget
    from propcast.service.supervision.plant import addresses

    home = settings.home.expanduser().absolute()
    return Platform(LocalTarget(home, clock, settings.base_port), addresses(settings.base_port).__getitem__, 0.0)


def _cloudrun(laid: Laid, clock: Clock) -> Platform:
    from propcast.delivery.targets.cloudrun.logs import DELAY
    from propcast.delivery.targets.cloudrun.opening import opened

    return Platform(opened(laid, clock), laid.url, 2 * DELAY.total_seconds())
