"""The wiring of what every service has, and of a service whose environment is not open yet."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from propcast.core.errors import InputError, PropCastError
from propcast.service import variables
from propcast.service.catalogue import Entry
from propcast.service.checklist import CHECKLIST
from propcast.service.declaration import Conditions, E, Service
from propcast.service.health import generic
from propcast.service.health.body import Status
from propcast.service.health.checks import Check, Observe, Observed, Output, Wiring, broken
from propcast.service.telemetry.traces import Tracing

KIT_DATA = (("propcast.service.health", "schema.json"),)
UNOPENED = "process:unopened"
"""The check that fails while the environment is not open though every variable and secret is there."""
WIRING = "health:wiring"
WAITS = "waits until the environment is open"


class MissingVariables(InputError):
    """Variables that the service cannot do without are not set or malformed."""


def common(service: Service[E], conditions: Conditions, tracing: Tracing, started: datetime) -> Wiring:
    """Return the checks that need nothing of the service's environment, and what does not apply."""
    entry, environ, clock = service.entry, conditions.environ, conditions.clock
    skipped = {
        "image:unresolved_imports": "nobody has said what this service can come to import",
        "config:release_differences": "no ledger row is kept for this revision",
    }
    made: dict[str, Callable[[], Observe]] = {
        "config:missing_variables": lambda: generic.missing_variables(partial(entry.examine, environ)),
        "image:missing_data": lambda: generic.missing_data((*KIT_DATA, *service.data)),
        "process:loop_lag": generic.loop_lag,
        "process:memory": generic.memory_share,
    }
    if service.secrets is None:
        skipped["secrets:missing"] = "this service has no secrets"
    else:
        resolve = service.secrets(environ)
        made["secrets:missing"] = lambda: generic.missing_secrets(resolve, secret_names(entry, environ))
    if collector(environ):
        made["telemetry:export_age"] = lambda: generic.export_age(clock, started, tracing.exported_at)
    else:
        skipped["telemetry:export_age"] = "no collector is configured"
    return Wiring({key: partial(_check, key, make) for key, make in made.items()}, skipped)


def unopened(entry: Entry, error: Exception | None) -> Wiring:
    """Return the wiring of a service whose environment is not open: nothing else of it can be looked at yet."""
    waiting = dict.fromkeys(entry.checks, WAITS)
    if isinstance(error, MissingVariables):  # that check fails already
        return Wiring(skipped=waiting)
    return Wiring({UNOPENED: lambda: _still_closed(error)}, waiting)


def own(service: Service[E], environment: E) -> Wiring:
    """Return the service's own checks; if wiring them throws, that is a failing check and the app still serves."""
    try:
        return service.wire(environment)
    except Exception as error:  # noqa: BLE001 - the edge that isolates health from its wiring
        reason = error
        return Wiring({WIRING: lambda: broken(WIRING, reason)})


def collector(environ: Mapping[str, str]) -> str | None:
    """Return where traces are sent; None where nothing, or nothing that is an address, is configured."""
    told = environ.get("PROPCAST_OTLP_ENDPOINT", "")
    return told if variables.url(told) else None


def secret_names(entry: Entry, environ: Mapping[str, str]) -> list[str]:
    """Return the secrets that a service cannot do without on its backend."""
    backend = variables.REQUIRED_ON.get(environ.get(variables.BACKEND.name, "local"), ())
    return [variable.name for variable in (*backend, *entry.required) if variable.secret]


def _check(key: str, make: Callable[[], Observe]) -> Check:
    return CHECKLIST[key].check(make())


def _still_closed(error: Exception | None) -> Check:
    said = str(error) if isinstance(error, PropCastError) else f"opening it raised {type(error).__name__}."
    sentence = said if error else "the environment is being opened."
    seen = Observed(1, Status.FAIL, Output.MISSING, sentence)
    return Check(UNOPENED, lambda: seen, unit="environments")
