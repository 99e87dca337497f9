"""What a check is: a key, what it looks at, its bounds, and a callable that returns what it saw."""

import math
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from propcast.service.health.body import KEY_PATTERN, Kind, Status

Value = bool | int | float | str | None


class Output(StrEnum):
    """Everything that an anonymous caller may be told about a check that is not in order."""

    TIMEOUT = "timeout"
    REFUSED = "refused"
    DENIED = "denied"
    MISSING = "missing"
    MISMATCH = "mismatch"
    STALE = "stale"
    ERROR = "error"


@dataclass(frozen=True)
class Bounds:
    """The values at or above which a number is a warning or a failure; None means that there is no such bound."""

    warn: float | None = None
    fail: float | None = None

    def judge(self, value: Value) -> Status:
        """Return what a value means; a text or nothing is judged by the check itself, so here it passes."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return Status.PASS
        if self.fail is not None and value >= self.fail:
            return Status.FAIL
        return Status.WARN if self.warn is not None and value >= self.warn else Status.PASS


@dataclass(frozen=True)
class Observed:
    """What a check saw, where a bare number does not say it all.

    Attributes:
        value: the measured value, in the unit of the check.
        status: the verdict, where the bounds do not give it.
        output: the word of the closed list, where the check's own does not fit.
        sentence: for callers with a credential: what is wrong and what to do.
        component_id: which instance was looked at.
    """

    value: Value
    status: Status | None = None
    output: Output | None = None
    sentence: str = ""
    component_id: str = ""


Observation = Value | Observed
Observe = Callable[[], Observation] | Callable[[], Awaitable[Observation]]


@dataclass(frozen=True)
class Check:
    """One named observation of one thing.

    Attributes:
        key: `what:measure`, such as `warehouse:latency`.
        observe: returns the observation; a coroutine function runs on the loop, anything else in a thread of its own.
        unit: unit of the observed value.
        kind: what is looked at.
        bounds: where the value becomes a warning or a failure.
        critical: a failing critical check fails the service; an optional one warns.
        in_ready: part of `/ready`; every check is part of `/health/deep`.
        meaning: the word for anonymous callers when the value is out of bounds.
        advice: one plain sentence that says what to do, for callers with a credential.
        endpoints: routes that do not work without it.
    """

    key: str
    observe: Observe
    unit: str
    kind: Kind = Kind.COMPONENT
    bounds: Bounds = field(default_factory=Bounds)
    critical: bool = True
    in_ready: bool = True
    meaning: Output = Output.ERROR
    advice: str = ""
    endpoints: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a key that the schema of the body would refuse."""
        if not re.fullmatch(KEY_PATTERN, self.key):
            raise ValueError(f"check key {self.key!r} must look like 'warehouse:latency': small letters, one colon")


Builder = Callable[[], Check]


@dataclass(frozen=True)
class Wiring:
    """The checks of a service: how each is built, and which do not apply here and why."""

    checks: Mapping[str, Builder] = field(default_factory=dict)
    skipped: Mapping[str, str] = field(default_factory=dict)

    def __or__(self, other: "Wiring") -> "Wiring":
        """Return both wirings; of a check in both the later one counts, and a check counts more than any skip."""
        checks = {**self.checks, **other.checks}
        skipped = {key: why for key, why in {**self.skipped, **other.skipped}.items() if key not in checks}
        return Wiring(checks, skipped)


def build(wiring: Wiring) -> tuple[Check, ...]:
    """Build every check; one that cannot be built becomes a critical check that fails, so that the app still serves."""
    return tuple(_built(key, builder) for key, builder in wiring.checks.items())


def _built(key: str, builder: Builder) -> Check:
    try:
        check = builder()
    except Exception as error:  # noqa: BLE001 - the edge that isolates health from its checks
        return broken(key, error)
    return check if check.key == key else broken(key, ValueError(f"the check wired as {key} calls itself {check.key}"))


def broken(key: str, error: BaseException) -> Check:
    """Return a critical check that always fails with the error that its construction raised."""

    def observe() -> Observed:
        raise error

    return Check(key, observe, unit="", advice="The check itself could not be built; see the log.")


def absent(key: str) -> Check:
    """Return a critical check that fails because the service owes it and nobody wired it."""
    seen = Observed(None, Status.FAIL, Output.MISSING, "this service owes the check and nobody wired it.")
    return Check(key, lambda: seen, unit="")


def finite(value: Value) -> bool:
    """Return whether JSON can hold the value."""
    return not isinstance(value, float) or math.isfinite(value)
